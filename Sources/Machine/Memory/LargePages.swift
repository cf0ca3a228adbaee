import CSystem

/// Memory for large arrays that kernels go through in any order.
package enum LargePages {
  /// Memory that begins at a large page where it fills one: in small pages the processor would look up the address
  /// of every few rows of a weight matrix.
  ///
  /// - Parameters:
  ///   - byteCount: wanted.
  ///   - alignment: at least, in bytes.
  /// - Returns: to be freed by `deallocate()`; not initialized.
  package static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= DK_LARGE_PAGE else { return .allocate(byteCount: byteCount, alignment: alignment) }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: max(alignment, Int(DK_LARGE_PAGE)))
    dk_prefer_large_pages(memory, byteCount)
    return memory
  }
}
