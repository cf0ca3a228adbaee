import Foundation
import Storage

/// `log.jsonl` beside the data: clock times, speeds and the course of a training, one JSON object a line.
/// It is no part of the identity of a directory.
package struct StageLog {
  /// Name in a directory of ours.
  package static let fileName = "log.jsonl"
  private static let byteLimit = 1 << 30
  private let path: String

  /// The log of a directory, whether or not there is one yet.
  package init(directory: String) { path = FileSystem.join(directory, Self.fileName) }

  /// The entries there are; a line that is no whole entry is left out, as a kill may cut one.
  ///
  /// - Throws: `StorageError` if the file is there and cannot be read.
  package func entries<Entry: Decodable>(_ type: Entry.Type) throws -> [Entry] {
    guard try FileSystem.type(path) != nil else { return [] }
    let bytes = try InputFile.contents(of: path, limit: Self.byteLimit)
    let decoder = JSONDecoder()
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(type, from: Data($0)) }
  }

  /// Puts `entries` in place of the file: what an interrupted run wrote beyond its last checkpoint goes.
  ///
  /// - Throws: `StorageError`.
  package func rewrite(_ entries: [some Encodable]) throws {
    try AtomicFile.write(
      try entries.flatMap { try CanonicalJSON.report($0) + [UInt8(ascii: "\n")] }, to: path)
  }

  /// Appends one entry.
  ///
  /// - Throws: `StorageError.writeFailed`; `EncodingError` for numbers that JSON cannot hold.
  package func append(_ entry: some Encodable) throws {
    try AppendedFile.append(try CanonicalJSON.report(entry) + [UInt8(ascii: "\n")], to: path)
  }
}
