import Machine

/// Floats at a fixed address, aligned to a cache line, so that the pieces of two threads share no line.
///
/// `@unchecked Sendable`: the threads of a step write disjoint pieces, and a barrier lies between a write and a read
/// by another thread.
package final class FloatBuffer: @unchecked Sendable {
  /// Size of a cache line in bytes.
  package static let alignment = 64

  /// Number of elements.
  package let count: Int
  private let base: UnsafeMutablePointer<Float>

  /// Creates a buffer of zeros.
  ///
  /// - Parameter count: number of elements.
  package init(count: Int) {
    self.count = count
    let bytes = max(1, count) * MemoryLayout<Float>.stride
    let memory = LargePages.allocate(byteCount: bytes, alignment: Self.alignment)
    base = memory.initializeMemory(as: Float.self, repeating: 0, count: count)
  }

  deinit { base.deallocate() }

  /// One element.
  package subscript(index: Int) -> Float {
    get { pointer(at: index, count: 1).pointee }
    set { pointer(at: index, count: 1).pointee = newValue }
  }

  /// Whether every element is finite.
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

  /// The only access to raw memory. Bounds are checked here, because the kernels check nothing.
  ///
  /// - Parameters:
  ///   - offset: index of the first element.
  ///   - count: number of elements that may be read and written from there on.
  /// - Returns: a pointer that is valid as long as the buffer exists.
  package func pointer(at offset: Int, count: Int) -> UnsafeMutablePointer<Float> {
    // Subtracted, because offset + count could overflow.
    precondition(offset >= 0 && count >= 0 && offset <= self.count - count, "out of bounds")
    return base + offset
  }
}
