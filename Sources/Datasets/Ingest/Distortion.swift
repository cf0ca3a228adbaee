import Storage

/// A distortion of images, different in each copy. Drawn by counter from (seed, index, copy), so the result depends
/// on neither the threads nor the order of the work.
package protocol Distortion: Sendable {
  /// Settings for the manifest, which keeps the seed separately.
  var parameters: [String: JSONValue] { get }

  /// Number of different copies of an image; nil for no limit.
  var copyLimit: Int? { get }

  /// The variants of images in the first copies. Index and variant determine the picture, whatever the seed; variant
  /// 0 is the original image.
  ///
  /// - Parameters:
  ///   - indices: [images], positions in the source.
  ///   - copies: at most `copyLimit`; a smaller number gives the first of a larger one.
  ///   - seed: of the distortions.
  /// - Returns: [copies][images].
  func variants(of indices: [UInt32], copies: Int, seed: UInt64) -> [[UInt32]]

  /// Applies variants to images.
  ///
  /// - Parameters:
  ///   - images: [images, rows, columns, channels], pixels.
  ///   - indices: [images], positions in the source.
  ///   - variants: [images].
  ///   - shape: of an image.
  ///   - background: [rows, columns, channels], fills the pixels that a distortion uncovers.
  /// - Returns: [images, rows, columns, channels].
  func distorted(
    _ images: [UInt8], indices: [UInt32], variants: [UInt32], shape: ImageShape, background: [UInt8]
  ) -> [UInt8]

  /// Writes the meaning of the variants into a shard, unless the parameters already give it.
  ///
  /// - Parameters:
  ///   - variants: [images], of the shard.
  ///   - writer: of the shard.
  func describe(_ variants: [UInt32], in writer: inout SafetensorsWriter)
}

extension Distortion {
  /// Writes nothing; for distortions whose parameters say everything.
  package func describe(_ variants: [UInt32], in writer: inout SafetensorsWriter) {}
}
