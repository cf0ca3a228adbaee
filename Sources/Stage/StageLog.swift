import Foundation
import Storage

/// `log.jsonl` beside the data: clock times, speeds and the course of a training, one JSON object a line.
/// It is no part of the identity of a directory.
package struct StageLog {
  package static let fileName = "log.jsonl"
  private let path: String

  package init(directory: String) { path = FileSystem.join(directory, Self.fileName) }

  /// Appends one line.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func append(_ fields: [String: JSONValue]) throws {
    var entry = fields
    entry["time"] = JSONValue(Date.now.formatted(.iso8601))
    let line = try CanonicalJSON.report(entry) + [UInt8(ascii: "\n")]
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw StorageError.writeFailed(path: path, operation: "open", code: errno)
    }
    defer { close(descriptor) }
    // One write a line: a kill leaves whole lines, or a last one that a reader skips.
    guard write(descriptor, line, line.count) == line.count else {
      throw StorageError.writeFailed(path: path, operation: "write", code: errno)
    }
  }
}
