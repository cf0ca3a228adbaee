/// The extents of an image in pixels and channels.
package struct ImageShape: Equatable, Sendable, CustomStringConvertible {
  /// Height in pixels.
  package let rows: Int
  /// Width in pixels.
  package let columns: Int
  /// 1 for grey, 3 for colour; arrays may have others.
  package let channels: Int

  /// Creates a shape, by default of a grey image.
  package init(rows: Int, columns: Int, channels: Int = 1) {
    self.rows = rows
    self.columns = columns
    self.channels = channels
  }

  /// Numbers in an image, which is the number of inputs of a net.
  package var count: Int { rows * columns * channels }

  /// `28x28`, or `32x32x3`.
  package var description: String { "\(rows)x\(columns)" + (channels > 1 ? "x\(channels)" : "") }

  /// Renders an image in ten grey levels of characters.
  ///
  /// - Parameter pixels: [rows, columns, channels].
  /// - Returns: [rows], each with one character for a column.
  package func text(_ pixels: ArraySlice<UInt8>) -> [String] {
    let shades = Array(" .:-=+*#%@")
    return (0..<rows).map { row in
      String(
        (0..<columns).map { column in
          let pixel = pixels.startIndex + (row * columns + column) * channels
          // The mean of the channels.
          let sum = pixels[pixel..<pixel + channels].reduce(0) { $0 + Int($1) }
          return shades[sum / channels * shades.count / 256]
        })
    }
  }
}
