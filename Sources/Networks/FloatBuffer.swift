import CSystem
import Foundation

/// Floats at an address that does not change, aligned to a cache line, so that a thread's piece shares no
/// line with another's.
///
/// `@unchecked Sendable`: the threads of a step write pieces that do not overlap, and a barrier lies between
/// a write and a read by another thread.
package final class FloatBuffer: @unchecked Sendable {
  package static let alignment = 64

  package let count: Int
  package let base: UnsafeMutablePointer<Float>

  /// All zero.
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

  /// Whether no element is infinite or not a number.
  package var isFinite: Bool { UnsafeBufferPointer(start: base, count: count).allSatisfy(\.isFinite) }

  /// A copy of the elements.
  package var elements: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  package func elements(_ range: Range<Int>) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "out of bounds")
    return Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// Overwrites the elements from `offset` on.
  package func set(_ elements: [Float], at offset: Int = 0) {
    precondition(offset >= 0 && offset + elements.count <= count, "out of bounds")
    elements.withUnsafeBufferPointer {
      if let source = $0.baseAddress { (base + offset).update(from: source, count: $0.count) }
    }
  }

  package func copy(from other: FloatBuffer) {
    precondition(count == other.count, "buffers of different size")
    base.update(from: other.base, count: count)
  }
}
