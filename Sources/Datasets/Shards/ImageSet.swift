import Stage
import Storage

/// A finished directory of shards of examples.
package struct ImageSet: Sendable {
  /// Under which a manifest counts the images of its source, those that are in another split among them.
  package static let sourceImages = "sourceImages"

  /// Manifest, digest and place.
  package let directory: FinishedDirectory
  /// Of every example.
  package let shape: ImageShape
  /// What a number is.
  package let element: Features.Element
  /// Classes and their names; of a set without labels they say nothing. What a net has outputs for is the stream's to say.
  package private(set) var labelMap: LabelMap
  /// Whether every example has a label; else none has.
  package let isLabelled: Bool
  /// Every shard, copy by copy.
  package let shards: [Manifest.Output]
  /// Shards of each copy; one copy unless the set is distorted.
  package let copies: [[Manifest.Output]]
  /// [classes of the shards]: the class that each is here; nil where they are the same.
  private var table: [UInt32]?

  /// As the user named it.
  package var path: String { directory.path }
  /// Labels are below it.
  package var classes: Int { labelMap.classes }
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
    element = directory.manifest.parameters["dtype"]?.string.flatMap(Features.Element.init) ?? .u8
    labelMap = LabelMap(classes: directory.count("classes"), names: LabelNames.of(directory.manifest))
    isLabelled = directory.count("labelled") == 1
    shards = directory.manifest.shards
    copies = try Self.copies(directory, shards)
  }

  /// The same set with the labels of another set or of a model: classes are matched by name where both have names.
  ///
  /// - Parameters:
  ///   - other: what labels are to mean.
  ///   - path: of what has them, for messages.
  /// - Returns: this set where nothing has to be changed.
  /// - Throws: as `LabelMap.match`.
  package func matched(to other: LabelMap, like path: String) throws -> ImageSet {
    guard isLabelled, let table = try other.match(labelMap, path: self.path, own: path) else { return self }
    var matched = self
    matched.table = self.table.map { own in own.map { table[Int($0)] } } ?? table
    matched.labelMap = LabelMap(classes: other.classes, names: other.names)
    return matched
  }

  /// How many examples of a shard each class has; nil where the shard does not say.
  package func examplesPerClass(_ entry: Manifest.Output) -> [Int]? {
    guard let counts = entry.summary?.examplesPerClass else { return nil }
    guard let table else { return counts }
    var moved = [Int](repeating: 0, count: classes)
    for (label, count) in counts.enumerated() { moved[Int(table[label])] += count }
    return moved
  }

  /// What was added up over the first copy when the set was made; nil of a set without.
  ///
  /// - Throws: `StorageError`, `StageError.wrongManifest` for a file that does not fit the set.
  package func statistics() throws -> FeatureStatistics? {
    guard let entry = directory.manifest.statistics else { return nil }
    let path = directory.path(of: entry)
    let found = try FeatureStatistics(Safetensors(try directory.contents(of: entry), path: path))
    guard found.examples == examplesPerCopy, found.sums.count == shape.count, found.element == element,
      found.examplesPerClass.count == directory.count("classes"),
      found.examplesPerClass.reduce(0, +) == (isLabelled ? found.examples : 0)
    else { throw StageError.wrongManifest(path: path, reason: "impossible statistics of this set") }
    return table.map { found.relabelled($0, classes: classes) } ?? found
  }

  /// The shards in the order of the manifest, cut where the folder changes.
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
    try expect("numbers of", element.rawValue, shard.features.element.rawValue)
    try expect("labels", isLabelled, (shard.labels != nil).description)
    // A row of another source would join soft targets that are not its own.
    guard directory.manifest.sources.contains(shard.origins.source) else {
      throw InputError.mismatch(
        path: path, expected: "rows of a source that is named", like: self.path,
        found: shard.origins.source.short)
    }
    let known = directory.count("classes")
    if let row = shard.labels?.firstIndex(where: { $0 >= known }) {
      throw InputError.labelOutOfRange(
        path: path, row: row, label: Int(shard.labels?[row] ?? 0), classes: known)
    }
    guard let table else { return shard }
    return shard.relabelled { labels in labels.map { table[Int($0)] } }
  }

  /// This set as a net sees it that learns from another one: of images of the same shape, with the same classes.
  ///
  /// - Parameters:
  ///   - other: what the net learns from.
  ///   - labels: that the net tells apart.
  /// - Returns: its labels as those of `labels`.
  /// - Throws: `InputError.mismatch`; as `matched`.
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
