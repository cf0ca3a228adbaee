import Stage
import Storage

/// A finished directory of image shards.
package struct ImageSet: Sendable {
  /// Under which a manifest counts the images of its source, those that are in another split among them.
  package static let sourceImages = "sourceImages"

  /// Manifest, digest and place.
  package let directory: FinishedDirectory
  /// Of every image.
  package let shape: ImageShape
  /// Labels are below it; of a set without labels it says nothing. What a net has outputs for is the stream's to say.
  package let classes: Int
  /// [classes], as people call them; nil where nobody has named them.
  package let labelNames: [String]?
  /// Whether every example has a label; else none has.
  package let isLabelled: Bool
  /// Shards of each copy; one copy unless the set is jittered.
  package let copies: [[Manifest.Output]]

  /// As the user named it.
  package var path: String { directory.path }
  /// Every shard, copy by copy.
  package var shards: [Manifest.Output] { directory.manifest.outputs }
  /// Examples in one copy.
  package var examplesPerCopy: Int { directory.count("examples") }
  /// In all copies.
  package var examples: Int { examplesPerCopy * copies.count }

  /// - Throws: `StageError.wrongKind`, `.notFinished`, `.wrongManifest`; `StorageError.missing`.
  package init(_ path: String) throws {
    directory = try FinishedDirectory(path, expecting: .images)
    shape = ImageShape(
      rows: directory.count("rows"), columns: directory.count("columns"),
      channels: directory.count("channels"))
    classes = directory.count("classes")
    labelNames = LabelNames.of(directory.manifest)
    isLabelled = directory.count("labelled") == 1
    copies = try Self.copies(directory)
  }

  /// The shards in the order of the manifest, cut where the folder changes.
  private static func copies(_ directory: FinishedDirectory) throws -> [[Manifest.Output]] {
    var copies: [[Manifest.Output]] = []
    var folder: String?
    for output in directory.manifest.outputs {
      let own = FileSystem.parent(output.path)
      if own == folder {
        copies[copies.count - 1].append(output)
      } else {
        copies.append([output])
        folder = own
      }
    }
    let examples = directory.count("examples")
    guard copies.count == directory.count("copies"),
      copies.allSatisfy({ $0.reduce(0) { $0 + $1.examples } == examples })
    else {
      throw StageError.wrongManifest(
        path: FileSystem.join(directory.path, Manifest.fileName),
        reason: "impossible count of copies: expected as many folders, each with every example")
    }
    return copies
  }

  /// Reads one shard and checks it against the manifest and against what the set says of itself.
  ///
  /// - Throws: `StorageError`, `StageError`; `InputError.mismatch`, `.labelOutOfRange`.
  package func read(_ entry: Manifest.Output) throws -> ImageShard {
    let shard = try ImageShard(try directory.shard(entry))
    let path = directory.path(of: entry)
    func expect(_ what: String, _ expected: some Equatable & CustomStringConvertible, _ found: String) throws
    {
      guard expected.description == found else {
        throw InputError.mismatch(
          path: path, expected: "\(what) \(expected)", like: self.path, found: found)
      }
    }
    try expect("images of", shape, shard.shape.description)
    try expect("labels", isLabelled, (shard.labels != nil).description)
    // A row of another source would join soft targets that are not its own.
    guard directory.manifest.sources.contains(shard.origins.source) else {
      throw InputError.mismatch(
        path: path, expected: "rows of a source that is named", like: self.path,
        found: shard.origins.source.short)
    }
    if let row = shard.labels?.firstIndex(where: { $0 >= classes }) {
      throw InputError.labelOutOfRange(
        path: path, row: row, label: Int(shard.labels?[row] ?? 0), classes: classes)
    }
    return shard
  }

  /// Checks that a net that learns from another set can be asked about this one.
  ///
  /// - Parameters:
  ///   - other: of images of the same shape.
  ///   - classes: that the net tells apart.
  /// - Throws: `InputError.mismatch`.
  package func expect(like other: ImageSet, classes: Int) throws {
    for (expected, found) in [
      ("images of \(other.shape)", "images of \(shape)"), ("\(classes) classes", "\(self.classes) classes"),
    ] where expected != found {
      throw InputError.mismatch(path: path, expected: expected, like: other.path, found: found)
    }
  }
}
