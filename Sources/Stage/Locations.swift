import Foundation
import Storage

/// `locations.json`: where a directory's inputs lay, relative to it. A help for `dk-inspect --verify`, no
/// part of the identity: the digests in the manifest decide.
package struct Locations: Sendable {
  package static let fileName = "locations.json"
  /// Relative path by input name.
  package let paths: [String: String]

  init(_ inputs: [Plan.Input], relativeTo directory: String) {
    paths = Dictionary(
      inputs.map { ($0.name, FileSystem.relative($0.path, to: directory)) }
    ) { first, _ in first }
  }

  /// Empty where the file is missing or damaged.
  package init(directory: String) {
    let path = FileSystem.join(directory, Self.fileName)
    let bytes = (try? InputFile.contents(of: path, limit: 16 << 20)) ?? []
    paths = (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:]
  }

  func write(to directory: String) throws {
    try AtomicFile.write(
      try CanonicalJSON.report(paths, pretty: true), to: FileSystem.join(directory, Self.fileName))
  }
}
