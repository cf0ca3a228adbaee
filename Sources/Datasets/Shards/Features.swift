import Storage

/// What a net reads of some examples: numbers of one element type, [examples, rows, columns, channels]; a vector is one
/// row of as many columns as it has numbers.
///
/// The bytes are those of the shards, so rows are chosen, mixed and compared without a look at the type. It is asked for
/// in four places: here, by the reader and writer of shards, by `FeatureStatistics`, and by `Activations.load`, which
/// hands the numbers to the kernels.
package struct Features: Equatable, Sendable {
  /// What a number is.
  package enum Element: String, Sendable, CaseIterable {
    /// A pixel's channel, 0 to 255.
    case u8
    /// A float of 16 bits.
    case f16
    /// A float of 32 bits.
    case f32

    /// In a safetensors file.
    var tensorType: TensorType {
      switch self {
      case .u8: .u8
      case .f16: .f16
      case .f32: .f32
      }
    }

    /// What a number is multiplied by in the models that we make: pixels become 0 to 1.
    package var scale: Float { self == .u8 ? 1 / 255 : 1 }
  }

  /// What a number is.
  package let element: Element
  /// Of one example.
  package let shape: ImageShape
  /// [examples, rows, columns, channels], little-endian.
  package private(set) var bytes: [UInt8]

  /// - Parameters:
  ///   - bytes: [examples, rows, columns, channels], little-endian.
  ///   - shape: of one example, of at least one number.
  ///   - element: what a number is.
  package init(_ bytes: [UInt8], shape: ImageShape, element: Element = .u8) {
    precondition(
      shape.count > 0 && bytes.count % (shape.count * element.tensorType.width) == 0, "not whole examples")
    (self.bytes, self.shape, self.element) = (bytes, shape, element)
  }

  /// Vectors of floats.
  ///
  /// - Parameters:
  ///   - numbers: [examples, width].
  ///   - width: numbers in an example.
  package init(_ numbers: [Float], width: Int) {
    self.init(
      numbers.withUnsafeBytes { Array($0) }, shape: ImageShape(rows: 1, columns: width), element: .f32)
  }

  /// Whether the bytes are pixels, of which pictures can be shown.
  package var isPixels: Bool { element == .u8 }
  /// Bytes of one example.
  package var rowBytes: Int { shape.count * element.tensorType.width }
  /// Examples.
  package var count: Int { bytes.count / rowBytes }

  /// Some of the examples, in the order given.
  package func rows(_ chosen: some Sequence<Int>) -> Features {
    var own = Features([], shape: shape, element: element)
    own.bytes.reserveCapacity(chosen.underestimatedCount * rowBytes)
    for row in chosen { own.bytes += bytes[row * rowBytes..<(row + 1) * rowBytes] }
    return own
  }

  /// Examples that lie side by side.
  package func rows(_ range: Range<Int>) -> Features {
    Features(
      Array(bytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes]), shape: shape, element: element)
  }

  /// The bytes of one example: of pixels the picture.
  package subscript(row: Int) -> ArraySlice<UInt8> { bytes[row * rowBytes..<(row + 1) * rowBytes] }

  /// Makes room for so many examples in all.
  mutating func reserve(_ examples: Int) { bytes.reserveCapacity(examples * rowBytes) }

  /// Adds examples of the same type and shape.
  package mutating func append(_ other: Features) {
    precondition(other.element == element && other.shape == shape, "other features")
    bytes += other.bytes
  }

  /// The examples as floats, [examples, numbers].
  package var floats: [Float] {
    element == .u8 ? bytes.map { Float($0) } : element.tensorType.floats(bytes)
  }
}
