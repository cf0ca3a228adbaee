import Storage

/// The inputs of some examples: numbers of one element type, [examples, rows, columns, channels]. A vector is a
/// single row with one column for each number.
///
/// The bytes are those of the shards, so selecting, shuffling and comparing rows works without regard to the element
/// type.
package struct Features: Equatable, Sendable {
  /// The type of a number.
  package enum Element: String, Sendable, CaseIterable {
    /// A channel of a pixel, 0 to 255.
    case u8
    /// A 16-bit float.
    case f16
    /// A 32-bit float.
    case f32

    /// The type in a safetensors file.
    var tensorType: TensorType {
      switch self {
      case .u8: .u8
      case .f16: .f16
      case .f32: .f32
      }
    }

    /// Factor for a number in trained models: pixels become 0 to 1.
    package var scale: Float { self == .u8 ? 1 / 255 : 1 }
  }

  /// The type of a number.
  package let element: Element
  /// Shape of one example.
  package let shape: ImageShape
  /// [examples, rows, columns, channels], little-endian.
  package private(set) var bytes: [UInt8]

  /// - Parameters:
  ///   - bytes: [examples, rows, columns, channels], little-endian.
  ///   - shape: of one example, with at least one number.
  ///   - element: type of a number.
  package init(_ bytes: [UInt8], shape: ImageShape, element: Element = .u8) {
    precondition(
      shape.count > 0 && bytes.count % (shape.count * element.tensorType.width) == 0, "not whole examples")
    (self.bytes, self.shape, self.element) = (bytes, shape, element)
  }

  /// The concatenation of several parts; each is copied once.
  ///
  /// - Parameters:
  ///   - parts: features of this shape and element type.
  ///   - shape: shape of one example.
  ///   - element: type of a number.
  package init(joining parts: [Features], shape: ImageShape, element: Element) {
    precondition(parts.allSatisfy { $0.element == element && $0.shape == shape }, "other features")
    self.init([UInt8](joining: parts.map(\.bytes)), shape: shape, element: element)
  }

  /// Creates features from vectors of floats.
  ///
  /// - Parameters:
  ///   - numbers: [examples, width].
  ///   - width: numbers in an example.
  package init(_ numbers: [Float], width: Int) {
    self.init(
      numbers.withUnsafeBytes { Array($0) }, shape: ImageShape(rows: 1, columns: width), element: .f32)
  }

  /// Whether the numbers are pixels that can be shown as an image.
  package var isPixels: Bool { element == .u8 }
  /// Bytes of one example.
  package var rowBytes: Int { shape.count * element.tensorType.width }
  /// Number of examples.
  package var count: Int { bytes.count / rowBytes }

  /// The given examples, in the order given.
  package func rows(_ chosen: some Sequence<Int>) -> Features {
    var own = Features([], shape: shape, element: element)
    own.bytes.reserveCapacity(chosen.underestimatedCount * rowBytes)
    for row in chosen { own.bytes += bytes[row * rowBytes..<(row + 1) * rowBytes] }
    return own
  }

  /// A range of consecutive examples.
  package func rows(_ range: Range<Int>) -> Features {
    Features(
      Array(bytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes]), shape: shape, element: element)
  }

  /// The bytes of one example; for pixels, the image.
  package subscript(row: Int) -> ArraySlice<UInt8> { bytes[row * rowBytes..<(row + 1) * rowBytes] }

  /// The numbers as floats, [examples, numbers], not scaled.
  package var floats: [Float] {
    element == .u8 ? bytes.map { Float($0) } : element.tensorType.floats(bytes)
  }
}
