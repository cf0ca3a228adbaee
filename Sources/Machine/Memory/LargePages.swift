import CSystem

/// Allocates memory for large arrays that kernels access in any order.
package enum LargePages {
  /// Allocates memory, on large pages if it fills at least one. With small pages the processor would translate an
  /// address for every few rows of a weight matrix.
  ///
  /// - Parameters:
  ///   - byteCount: size in bytes.
  ///   - alignment: smallest alignment in bytes.
  /// - Returns: uninitialized memory; the caller frees it with `deallocate()`.
  package static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= DK_LARGE_PAGE else { return .allocate(byteCount: byteCount, alignment: alignment) }
    // The kernel maps a large page only where the address is a multiple of its size.
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: max(alignment, Int(DK_LARGE_PAGE)))
    dk_prefer_large_pages(memory, byteCount)
    return memory
  }
}
