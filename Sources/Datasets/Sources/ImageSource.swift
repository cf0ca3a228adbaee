import Stage
import Storage

/// The user's images, with labels if there are any; readable in any order and from any thread.
package protocol ImageSource: Sendable {
  var count: Int { get }
  var shape: ImageShape { get }
  /// Path of the labels, for messages.
  var labelPath: String { get }
  /// The files that identify the source in a manifest, the file of images first.
  var inputs: [Plan.Input] { get }

  /// The identity that row indices refer to: the file of images, together with the name of the array if it holds
  /// several.
  var identity: Digest { get }
  /// Options that select or interpret the data, for the manifest.
  var parameters: [String: JSONValue] { get }
  /// [classes], names given by the source; nil without names.
  var labelNames: [String]? { get }

  /// Reads all labels without checking them.
  ///
  /// - Returns: [images], -1 for an unlabelled image; nil for a source without labels.
  /// - Throws: `StorageError`; `InputError.notOneHot`.
  func labels() throws -> [Int]?

  /// Reads the images at `rows`.
  ///
  /// - Returns: [images, rows, columns, channels], in the order of `rows`.
  /// - Throws: `StorageError`.
  func images(_ rows: [Int]) throws -> [UInt8]
}

extension ImageSource {
  package var identity: Digest { inputs[0].digest }
  package var parameters: [String: JSONValue] { [:] }
  package var labelNames: [String]? { nil }
}
