import Foundation
import Storage

/// `locations.json`: where a directory's inputs lay, relative to it. A help for whoever looks for them, no
/// part of the identity: the digests in the manifest decide.
package struct Locations: Sendable, Equatable {
  /// Name in every directory of ours.
  package static let fileName = "locations.json"
  private static let byteLimit = 16 << 20
  /// Relative path by input name.
  package let paths: [String: String]

  init(_ inputs: [Plan.Input], relativeTo directory: String) {
    paths = Dictionary(
      inputs.map { ($0.name, Self.relative($0.path, to: directory)) }
    ) { first, _ in first }
  }

  /// Empty where the file is missing or damaged.
  package init(directory: String) {
    let path = FileSystem.join(directory, Self.fileName)
    let bytes = (try? InputFile.contents(of: path, limit: Self.byteLimit)) ?? []
    var paths: [String: String] = [:]
    var reader = JSONReader(bytes)
    do {
      try reader.object { paths[$0] = try $1.string() }
      try reader.end()
      // Half a list would be worse than none: it would look whole.
    } catch {
      paths = [:]
    }
    self.paths = paths
  }

  /// Where the input `name` of the directory at `path` lies; nil where that is not known.
  package func place(of name: String, from path: String) -> String? {
    paths[name].map { FileSystem.shortened(FileSystem.join(path, $0)) }
  }

  /// `path` as seen from `directory`. A link at its end stays one: it may be led elsewhere, and is still the place that
  /// the user knows.
  private static func relative(_ path: String, to directory: String) -> String {
    let name = FileSystem.name(path)
    // These have no name of their own that could be kept.
    guard ![".", "..", ""].contains(name) else { return FileSystem.relative(path, to: directory) }
    let parent = FileSystem.relative(FileSystem.parent(path), to: directory)
    return parent == "." ? name : FileSystem.join(parent, name)
  }

  func write(to directory: String) throws {
    try AtomicFile.write(
      CanonicalJSON.report(paths, pretty: true), to: FileSystem.join(directory, Self.fileName))
  }
}
