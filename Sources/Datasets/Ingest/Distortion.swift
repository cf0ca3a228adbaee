import Storage

/// How each copy of an image is changed. It is drawn by counter from (seed, index, copy), so threads and the order of the
/// work make no difference.
package protocol Distortion: Sendable {
  /// Its settings, as the manifest keeps them beside the seed.
  var parameters: [String: JSONValue] { get }

  /// Copies of an image that differ; nil for any number.
  var copyLimit: Int? { get }

  /// The variants of images in the first copies. A variant and an index tell the picture, whatever the seed; 0 is the
  /// image as it is.
  ///
  /// - Parameters:
  ///   - indices: positions in the source.
  ///   - copies: how many, at most `copyLimit`; fewer are the first of more.
  ///   - seed: makes them repeatable.
  /// - Returns: [copies][images].
  func variants(of indices: [UInt32], copies: Int, seed: UInt64) -> [[UInt32]]

  /// Images as their variants have them.
  ///
  /// - Parameters:
  ///   - images: [images, rows, columns, channels], pixels.
  ///   - indices: [images], positions in the source.
  ///   - variants: [images].
  ///   - shape: of an image.
  ///   - background: [rows, columns, channels], which comes in where a picture is moved out.
  /// - Returns: [images, rows, columns, channels].
  func distorted(
    _ images: [UInt8], indices: [UInt32], variants: [UInt32], shape: ImageShape, background: [UInt8]
  ) -> [UInt8]

  /// Says in a shard what variants mean, where the parameters do not say it.
  ///
  /// - Parameters:
  ///   - variants: [images], of the shard.
  ///   - writer: of the shard.
  func describe(_ variants: [UInt32], in writer: inout SafetensorsWriter)
}

extension Distortion {
  /// The parameters say all, unless the distortion says otherwise.
  package func describe(_ variants: [UInt32], in writer: inout SafetensorsWriter) {}
}
