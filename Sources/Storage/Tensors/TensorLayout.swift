/// Where one tensor lies in a safetensors file.
package struct TensorLayout: Sendable, Equatable {
  /// Of its elements.
  package let type: TensorType
  /// Extents, outermost first; empty for a single number.
  package let shape: [Int]
  /// Bytes, counted from the end of the header.
  package let range: Range<Int>

  /// Extent of the first axis; 1 for a single number.
  package var rows: Int { shape.first ?? 1 }

  /// Bytes of a row, which is everything under one index of the first axis.
  package var rowBytes: Int { rows == 0 ? 0 : range.count / rows }
}
