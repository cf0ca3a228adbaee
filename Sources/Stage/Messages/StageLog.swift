import Foundation
import Storage

/// `log.jsonl` beside the data: clock times, speeds and the progress of a training, one JSON object per line. It is
/// not part of the directory's identity.
package struct StageLog {
  /// File name in an output directory.
  package static let fileName = "log.jsonl"
  private static let byteLimit = 1 << 30
  private let path: String

  /// The log of a directory, which need not exist yet.
  package init(directory: String) { path = FileSystem.join(directory, Self.fileName) }

  /// All entries. Incomplete lines are skipped, because a kill may truncate one.
  ///
  /// - Throws: `StorageError` if the file exists and cannot be read.
  package func entries<Entry: Decodable>(_ type: Entry.Type) throws -> [Entry] {
    guard try FileSystem.type(path) != nil else { return [] }
    let bytes = try InputFile.contents(of: path, limit: Self.byteLimit)
    let decoder = JSONDecoder()
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(type, from: Data($0)) }
  }

  /// Replaces the file by `entries`, to drop entries that an interrupted run wrote after its last checkpoint.
  ///
  /// - Throws: `StorageError`.
  package func rewrite(_ entries: [some Encodable]) throws {
    try AtomicFile.write(
      try entries.flatMap { try CanonicalJSON.report($0) + [UInt8(ascii: "\n")] }, to: path)
  }

  /// Appends one entry.
  ///
  /// - Throws: `StorageError.writeFailed`; `EncodingError` for numbers that JSON cannot represent.
  package func append(_ entry: some Encodable) throws {
    try AppendedFile.append(try CanonicalJSON.report(entry) + [UInt8(ascii: "\n")], to: path)
  }
}
