import CSystem

/// Memory for sizes that come from input.
enum Allocation {
  /// Below this, running out is not a matter of what was asked for.
  private static let small = 1 << 20

  /// Asks the system for as much memory as an array is about to take.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  static func require(_ bytes: Int, path: String) throws {
    // A yes is no promise, as systems lend more than they have, but what a damaged header claims gets a no.
    guard bytes <= small || dk_has_memory(bytes) == 1 else {
      throw StorageError.outOfMemory(path: path, bytes: bytes)
    }
  }

  /// An array of `count` bytes that `fill` writes.
  ///
  /// An array that finds no memory ends the program, so what is large is asked of the system first.
  ///
  /// - Throws: `StorageError.outOfMemory`; what `fill` throws.
  static func bytes(
    _ count: Int, path: String,
    fill: (_ buffer: inout UnsafeMutableBufferPointer<UInt8>, _ initialized: inout Int) throws -> Void
  ) throws -> [UInt8] {
    try require(count, path: path)
    return try [UInt8](unsafeUninitializedCapacity: count, initializingWith: fill)
  }
}
