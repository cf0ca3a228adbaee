import Stage
import Storage

/// A finished directory with shards of examples.
package struct ImageSet: Sendable {
  /// Manifest key of the number of images in the source, including those of other splits.
  package static let sourceImages = "sourceImages"

  /// The directory with its manifest and digest.
  package let directory: FinishedDirectory
  /// Shape of every example.
  package let shape: ImageShape
  /// Type of a number.
  package let element: Features.Element
  /// The classes and their names; meaningless for an unlabelled set. `ExampleStream` decides on the outputs of a net.
  package private(set) var labelMap: LabelMap
  /// Whether the examples have labels: all of them or none.
  package let isLabelled: Bool
  /// All shards, copy by copy.
  package let shards: [Manifest.Output]
  /// [copies], the shards of each copy; one copy unless the set is distorted.
  package let copies: [[Manifest.Output]]
  /// [classes of the shards], the class of this set for each; nil if they are the same.
  private var table: [UInt32]?

  /// The path as the user gave it.
  package var path: String { directory.path }
  /// Number of classes; every label is below it.
  package var classes: Int { labelMap.classes }
  /// Number of examples in one copy.
  package var examplesPerCopy: Int { directory.count("examples") }
  /// Number of examples in all copies.
  package var examples: Int { examplesPerCopy * copies.count }

  /// Opens a directory and checks its manifest; the shards are not read.
  ///
  /// - Throws: `StageError.wrongKind`, `.notFinished`, `.wrongManifest`; `StorageError.missing`.
  package init(_ path: String) throws {
    directory = try FinishedDirectory(path, expecting: .images)
    shape = ImageShape(
      rows: directory.count("rows"), columns: directory.count("columns"),
      channels: directory.count("channels"))
    element = directory.manifest.parameters["dtype"]?.string.flatMap(Features.Element.init) ?? .u8
    labelMap = LabelMap(classes: directory.count("classes"), names: LabelNames.of(directory.manifest))
    isLabelled = directory.count("labelled") == 1
    shards = directory.manifest.shards
    copies = try Self.copies(directory, shards)
  }

  /// Renumbers the labels like those of another set or of a model; classes are matched by name if both have names.
  ///
  /// - Parameters:
  ///   - other: the label map to follow.
  ///   - path: of the data with `other`, for messages.
  /// - Returns: this set itself if no label changes.
  /// - Throws: as `LabelMap.match`.
  package func matched(to other: LabelMap, like path: String) throws -> ImageSet {
    guard isLabelled, let table = try other.match(labelMap, path: self.path, own: path) else { return self }
    var matched = self
    // Composed with an earlier table: the shards on disk keep their own numbers.
    matched.table = self.table.map { own in own.map { table[Int($0)] } } ?? table
    matched.labelMap = LabelMap(classes: other.classes, names: other.names)
    return matched
  }

  /// [classes], number of examples of each class in a shard; nil if the shard does not store it.
  package func examplesPerClass(_ entry: Manifest.Output) -> [Int]? {
    guard let counts = entry.summary?.examplesPerClass else { return nil }
    guard let table else { return counts }
    var moved = [Int](repeating: 0, count: classes)
    for (label, count) in counts.enumerated() { moved[Int(table[label])] += count }
    return moved
  }

  /// Statistics of the first copy, stored when the set was written; nil if the set has none.
  ///
  /// - Throws: `StorageError`, `StageError.wrongManifest` for a file that does not fit the set.
  package func statistics() throws -> FeatureStatistics? {
    guard let entry = directory.manifest.statistics else { return nil }
    let path = directory.path(of: entry)
    let found = try FeatureStatistics(Safetensors(try directory.contents(of: entry), path: path))
    // Before `relabelled`, which uses class numbers as indices.
    guard found.examples == examplesPerCopy, found.sums.count == shape.count, found.element == element,
      found.examplesPerClass.count == directory.count("classes"),
      found.examplesPerClass.reduce(0, +) == (isLabelled ? found.examples : 0)
    else { throw StageError.wrongManifest(path: path, reason: "impossible statistics of this set") }
    return table.map { found.relabelled($0, classes: classes) } ?? found
  }

  /// Groups the shards, in the order of the manifest, by folder.
  private static func copies(_ directory: FinishedDirectory, _ shards: [Manifest.Output]) throws
    -> [[Manifest.Output]]
  {
    var copies: [[Manifest.Output]] = []
    var folder: String?
    for output in shards {
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

  /// Reads one shard and checks it against the manifest.
  ///
  /// - Throws: `StorageError`, `StageError`; `InputError.mismatch`, `.labelOutOfRange`, `.noExamples`.
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
    try expect("numbers of", element.rawValue, shard.features.element.rawValue)
    try expect("labels", isLabelled, (shard.labels != nil).description)
    // A row of another source could join with soft targets of a different image.
    guard directory.manifest.sources.contains(shard.origins.source) else {
      throw InputError.mismatch(
        path: path, expected: "rows of a source that is named", like: self.path,
        found: shard.origins.source.short)
    }
    // By the classes of the shards, not of this set: `table` is applied afterwards.
    let known = directory.count("classes")
    if let row = shard.labels?.firstIndex(where: { $0 >= known }) {
      throw InputError.labelOutOfRange(
        path: path, row: row, label: Int(shard.labels?[row] ?? 0), classes: known)
    }
    guard let table else { return shard }
    return shard.relabelled { labels in labels.map { table[Int($0)] } }
  }

  /// Prepares this set for a net that was trained on another one: checks the shape and renumbers the labels.
  ///
  /// - Parameters:
  ///   - other: the training set.
  ///   - labels: label map of the net.
  /// - Returns: a set with the label numbers of `labels`.
  /// - Throws: `InputError.mismatch`; as `matched(to:like:)`.
  package func matched(to other: ImageSet, labels: LabelMap) throws -> ImageSet {
    for (expected, found) in [
      ("images of \(other.shape)", "images of \(shape)"),
      ("numbers of \(other.element.rawValue)", "numbers of \(element.rawValue)"),
    ] where expected != found {
      throw InputError.mismatch(path: path, expected: expected, like: other.path, found: found)
    }
    return try matched(to: labels, like: other.path)
  }
}
