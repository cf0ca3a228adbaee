import Foundation
import Storage

/// `locations.json`: paths of a directory's inputs, relative to it, with the stamps of their files. It only helps to
/// find the inputs and is not part of the identity: the digests in the manifest decide.
package struct Locations: Sendable, Equatable {
  /// File name in every output directory.
  package static let fileName = "locations.json"
  private static let byteLimit = 16 << 20

  /// Location of one input.
  private struct Entry: Sendable, Equatable {
    /// Relative to the directory.
    var path = ""
    var file: KnownFile?
  }

  private let entries: [String: Entry]

  init(_ inputs: [Plan.Input], relativeTo directory: String) {
    // Keeps the first of two inputs with one name instead of trapping: `ManifestCheck` reports duplicates.
    entries = Dictionary(
      inputs.map {
        ($0.name, Entry(path: Self.relative($0.path, to: directory), file: $0.file))
      }
    ) { first, _ in first }
  }

  /// Reads the file; empty if it is missing or damaged.
  package init(directory: String) {
    let path = FileSystem.join(directory, Self.fileName)
    let bytes = (try? InputFile.contents(of: path, limit: Self.byteLimit)) ?? []
    var entries: [String: Entry] = [:]
    var reader = JSONReader(bytes)
    do {
      try reader.object { entries[$0] = try Self.entry(&$1) }
      try reader.end()
      // A partial list would be worse than none, because it would look complete.
    } catch {
      entries = [:]
    }
    self.entries = entries
  }

  /// Relative path by input name.
  package var paths: [String: String] { entries.mapValues(\.path) }

  /// Cached digests of files and folders.
  var known: [KnownFile] { entries.values.compactMap(\.file) }

  /// Path of the input `name` of the directory at `path`; nil if unknown.
  package func place(of name: String, from path: String) -> String? {
    entries[name].map { FileSystem.shortened(FileSystem.join(path, $0.path)) }
  }

  /// `path` relative to `directory`. A symbolic link as last component is kept: its target may change, and the link
  /// is the path that the user knows.
  private static func relative(_ path: String, to directory: String) -> String {
    let name = FileSystem.name(path)
    // These have no name that could be kept.
    guard ![".", "..", ""].contains(name) else { return FileSystem.relative(path, to: directory) }
    let parent = FileSystem.relative(FileSystem.parent(path), to: directory)
    return parent == "." ? name : FileSystem.join(parent, name)
  }

  private static func entry(_ reader: inout JSONReader) throws -> Entry {
    var (path, digest, stamps) = (String?.none, Digest?.none, Digest?.none)
    var numbers: [String: Int] = [:]
    try reader.object { key, reader in
      switch key {
      case "path": path = try reader.string()
      case "sha256": digest = try reader.digest()
      case "stamps": stamps = try reader.digest()
      default: numbers[key] = try reader.integer()
      }
    }
    guard let path else { throw JSONFault(offset: 0, reason: "an input without a path") }
    return Entry(path: path, file: digest.flatMap { KnownFile(digest: $0, stamps: stamps, numbers) })
  }

  func write(to directory: String) throws {
    let values = entries.mapValues { entry -> JSONValue in
      .object((entry.file?.members ?? [:]).merging(["path": JSONValue(entry.path)]) { $1 })
    }
    try AtomicFile.write(
      CanonicalJSON.report(values, pretty: true), to: FileSystem.join(directory, Self.fileName))
  }
}
