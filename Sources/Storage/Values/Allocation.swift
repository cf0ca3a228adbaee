import CSystem

/// Allocation of sizes that come from input files.
enum Allocation {
  /// Bytes that are not checked: if even these are missing, the input is not to blame.
  private static let small = 1 << 20

  /// Checks that the system would grant this much memory to an array.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  static func require(_ bytes: Int, path: String) throws {
    // Success is no guarantee, because systems overcommit memory, but the absurd size in a damaged header is refused.
    guard bytes <= small || dk_has_memory(bytes) == 1 else {
      throw StorageError.outOfMemory(path: path, bytes: bytes)
    }
  }

  /// An array of `count` bytes that `fill` writes.
  ///
  /// Swift aborts if an array's allocation fails, so large sizes are tested with the system first.
  ///
  /// - Throws: `StorageError.outOfMemory`; errors of `fill`.
  static func bytes(
    _ count: Int, path: String,
    fill: (_ buffer: inout UnsafeMutableBufferPointer<UInt8>, _ initialized: inout Int) throws -> Void
  ) throws -> [UInt8] {
    try require(count, path: path)
    return try [UInt8](unsafeUninitializedCapacity: count, initializingWith: fill)
  }
}
