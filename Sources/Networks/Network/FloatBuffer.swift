import CSystem
import Foundation

/// Floats at an address that does not change, aligned to a cache line, so that a thread's piece shares no
/// line with another's.
///
/// `@unchecked Sendable`: the threads of a step write pieces that do not overlap, and a barrier lies between
/// a write and a read by another thread.
package final class FloatBuffer: @unchecked Sendable {
  /// Bytes of a cache line.
  package static let alignment = 64

  /// Elements.
  package let count: Int
  private let base: UnsafeMutablePointer<Float>

  /// Makes a buffer that is all zero.
  ///
  /// - Parameter count: elements.
  package init(count: Int) {
    self.count = count
    let bytes = max(1, count) * MemoryLayout<Float>.stride
    let isLarge = bytes >= DK_LARGE_PAGE
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Int(DK_LARGE_PAGE) : Self.alignment)
    if isLarge { dk_prefer_large_pages(memory, bytes) }
    base = memory.initializeMemory(as: Float.self, repeating: 0, count: count)
  }

  deinit { base.deallocate() }

  /// One element.
  package subscript(index: Int) -> Float {
    get { pointer(at: index, count: 1).pointee }
    set { pointer(at: index, count: 1).pointee = newValue }
  }

  /// Whether no element is infinite or not a number.
  package var isFinite: Bool { UnsafeBufferPointer(start: base, count: count).allSatisfy(\.isFinite) }

  /// A copy of the elements.
  package var elements: [Float] { elements(0..<count) }

  /// A copy of some elements.
  package func elements(_ range: Range<Int>) -> [Float] {
    Array(UnsafeBufferPointer(start: pointer(at: range.lowerBound, count: range.count), count: range.count))
  }

  /// Overwrites the elements from `offset` on.
  package func set(_ elements: [Float], at offset: Int = 0) {
    let destination = pointer(at: offset, count: elements.count)
    elements.withUnsafeBufferPointer {
      if let source = $0.baseAddress { destination.update(from: source, count: $0.count) }
    }
  }

  /// Overwrites all elements with those of a buffer of the same size.
  package func copy(from other: FloatBuffer) {
    precondition(count == other.count, "buffers of different size")
    base.update(from: other.base, count: count)
  }

  /// The only way to bare memory, for kernels: checked here, because they check nothing.
  ///
  /// - Parameters:
  ///   - offset: of the first element.
  ///   - count: elements that may be read and written from there on.
  /// - Returns: valid for as long as the buffer is.
  package func pointer(at offset: Int, count: Int) -> UnsafeMutablePointer<Float> {
    precondition(offset >= 0 && count >= 0 && offset <= self.count - count, "out of bounds")
    return base + offset
  }
}
