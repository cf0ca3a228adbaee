import CSystem

/// Memory for sizes that come from input.
enum Allocation {
  /// Below this, running out is not a matter of what was asked for.
  private static let small = 1 << 20

  /// An array of `count` bytes that `fill` writes.
  ///
  /// An array that finds no memory ends the program, so what is large is asked of the system first.
  ///
  /// - Throws: `StorageError.outOfMemory`; what `fill` throws.
  static func bytes(
    _ count: Int, path: String,
    fill: (_ buffer: inout UnsafeMutableBufferPointer<UInt8>, _ initialized: inout Int) throws -> Void
  ) throws -> [UInt8] {
    guard count <= small || dk_has_memory(count) == 1 else {
      throw StorageError.outOfMemory(path: path, bytes: count)
    }
    return try [UInt8](unsafeUninitializedCapacity: count, initializingWith: fill)
  }
}
