import Stage
import Storage

/// Images, and labels if there are any, as a user has them; read in any order, from any thread.
package protocol ImageSource: Sendable {
  var count: Int { get }
  var shape: ImageShape { get }
  /// For messages about labels.
  var labelPath: String { get }
  /// What identifies the source in a manifest; the file of images first.
  var inputs: [Plan.Input] { get }

  /// Of what the rows' indices count: of the file of images, and where it holds several arrays, of the one.
  var identity: Digest { get }
  /// What of the files is taken, and how, as a manifest is to keep it.
  var parameters: [String: JSONValue] { get }
  /// [classes], as the source calls them; nil where it does not.
  var labelNames: [String]? { get }

  /// All labels, [images], not yet checked; nil where there are none, -1 for an image that nobody has labelled.
  ///
  /// - Throws: `StorageError`.
  func labels() throws -> [Int]?

  /// The images at `rows`, [rows, rows, columns, channels].
  ///
  /// - Throws: `StorageError`.
  func images(_ rows: [Int]) throws -> [UInt8]
}

extension ImageSource {
  package var identity: Digest { inputs[0].digest }
  package var parameters: [String: JSONValue] { [:] }
  package var labelNames: [String]? { nil }
}
