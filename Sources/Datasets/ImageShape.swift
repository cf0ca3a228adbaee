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
}
