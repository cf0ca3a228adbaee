/// The extents of an image, in pixels and channels.
package struct ImageShape: Equatable, Sendable, CustomStringConvertible {
  /// Height in pixels.
  package let rows: Int
  /// Width in pixels.
  package let columns: Int
  /// 1 for grey, 3 for colour.
  package let channels: Int

  /// Grey unless `channels` says otherwise.
  package init(rows: Int, columns: Int, channels: Int = 1) {
    self.rows = rows
    self.columns = columns
    self.channels = channels
  }

  /// Numbers in an image: the inputs of a net.
  package var count: Int { rows * columns * channels }

  /// `28x28`, or `32x32x3`.
  package var description: String { "\(rows)x\(columns)" + (channels > 1 ? "x\(channels)" : "") }

  /// An image as ten shades of characters, a line a row.
  ///
  /// - Parameter pixels: [rows, columns, channels].
  /// - Returns: lines of as many characters as there are columns.
  package func text(_ pixels: ArraySlice<UInt8>) -> [String] {
    let shades = Array(" .:-=+*#%@")
    return (0..<rows).map { row in
      String(
        (0..<columns).map { column in
          let pixel = pixels.startIndex + (row * columns + column) * channels
          // Of several channels their mean.
          let sum = pixels[pixel..<pixel + channels].reduce(0) { $0 + Int($1) }
          return shades[sum / channels * shades.count / 256]
        })
    }
  }
}
