import Stage
import Storage

/// What the axes of an array of images mean.
package enum ChannelOrder: String, Sendable, CaseIterable {
  /// [n, channels, rows, columns], as PyTorch has them.
  case first
  /// [n, rows, columns, channels], as numpy, Pillow and TensorFlow have them.
  case last
}

/// The shape of images, and how their bytes come to be [rows, columns, channels].
struct ImageAxes: Sendable {
  let shape: ImageShape
  private let order: ChannelOrder

  /// - Parameters:
  ///   - array: [n, rows, columns], [n, pixels], or with channels before or behind rows and columns.
  ///   - order: of the channels; nil to tell by the extents.
  /// - Throws: `InputError.mismatch` for another number of axes, or channels that may be either.
  init(_ array: any SourceArray, order: ChannelOrder?) throws {
    let extents = Array(array.shape.dropFirst())
    func fault(_ expected: String) -> InputError {
      .mismatch(path: array.path, expected: expected, like: nil, found: "\(array.shape)")
    }
    switch extents.count {
    case 1:
      // Flat, as tables of digits are.
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

  /// Nil where both may be, as of [3, rows, 3].
  private static func order(_ extents: [Int]) -> ChannelOrder? {
    // Colour images of one row would be taken for that; grey ones of PyTorch are common.
    if extents[0] == 1 { return .first }
    switch ([3, 4].contains(extents[0]), [1, 3, 4].contains(extents[2])) {
    case (true, true): return nil
    case (true, false): return .first
    case (false, _): return .last
    }
  }

  /// Images with their channels last.
  func arranged(_ images: [UInt8]) -> [UInt8] {
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
