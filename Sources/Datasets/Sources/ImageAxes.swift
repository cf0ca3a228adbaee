import Stage
import Storage

/// The position of the channel axis in an array of images.
package enum ChannelOrder: String, Sendable, CaseIterable {
  /// [n, channels, rows, columns], as in PyTorch.
  case first
  /// [n, rows, columns, channels], as in numpy, Pillow and TensorFlow.
  case last
}

/// The shape of images in an array, and the conversion of their bytes to [rows, columns, channels].
struct ImageAxes: Sendable {
  let shape: ImageShape
  private let order: ChannelOrder

  /// - Parameters:
  ///   - array: [n, rows, columns], [n, pixels], or four axes with channels before or after rows and columns.
  ///   - order: position of the channels; nil to derive it from the extents.
  /// - Throws: `InputError.mismatch` for another number of axes, `.ambiguousChannels` if both orders are possible.
  init(_ array: any SourceArray, order: ChannelOrder?) throws {
    let extents = Array(array.shape.dropFirst())
    func fault(_ expected: String) -> InputError {
      .mismatch(path: array.path, expected: expected, like: nil, found: "\(array.shape)")
    }
    switch extents.count {
    case 1:
      // Flat rows, as in tables of digits: a square image if the number of pixels is a square, otherwise a vector.
      let side = Int(Double(extents[0]).squareRoot().rounded())
      shape =
        side * side == extents[0]
        ? ImageShape(rows: side, columns: side) : ImageShape(rows: 1, columns: extents[0])
      self.order = .last
    case 2:
      shape = ImageShape(rows: extents[0], columns: extents[1])
      self.order = .last
    case 3:
      guard let order = order ?? Self.order(extents) else {
        throw InputError.ambiguousChannels(path: array.path, shape: "\(array.shape)")
      }
      self.order = order
      shape =
        order == .first
        ? ImageShape(rows: extents[1], columns: extents[2], channels: extents[0])
        : ImageShape(rows: extents[0], columns: extents[1], channels: extents[2])
    default:
      throw fault("images [n, rows, columns], with channels before or behind these two, or [n, pixels]")
    }
  }

  /// The order that the extents [a, b, c] imply; nil if both are possible, as for [3, rows, 3].
  private static func order(_ extents: [Int]) -> ChannelOrder? {
    // One grey channel in PyTorch's order is common; colour images of a single row are not.
    if extents[0] == 1 { return .first }
    switch ([3, 4].contains(extents[0]), [1, 3, 4].contains(extents[2])) {
    case (true, true): return nil
    case (true, false): return .first
    case (false, _): return .last
    }
  }

  /// Moves the channels to the last axis.
  func arranged(_ images: [UInt8]) -> [UInt8] {
    // With a single channel both orders have the same bytes.
    guard order == .first, shape.channels > 1 else { return images }
    let (pixels, channels) = (shape.rows * shape.columns, shape.channels)
    var arranged = [UInt8](repeating: 0, count: images.count)
    for start in stride(from: 0, to: images.count, by: shape.count) {
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          arranged[start + pixel * channels + channel] = images[start + channel * pixels + pixel]
        }
      }
    }
    return arranged
  }
}
