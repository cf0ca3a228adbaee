/// Type, shape and position of a tensor in a safetensors file.
package struct TensorLayout: Sendable, Equatable {
  /// Element type.
  package let type: TensorType
  /// Extents, outermost first; empty for a scalar.
  package let shape: [Int]
  /// Byte range, counted from the end of the header.
  package let range: Range<Int>

  /// Extent of the first axis; 1 for a scalar.
  package var rows: Int { shape.first ?? 1 }

  /// Bytes of a row, the slice at one index of the first axis; 0 without rows.
  package var rowBytes: Int { rows == 0 ? 0 : range.count / rows }
}
