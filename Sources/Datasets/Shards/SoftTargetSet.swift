import Stage
import Storage

/// A finished directory of soft targets at one temperature, or of logits.
package struct SoftTargetSet: Sendable {
  /// The two kinds of content.
  package enum Content: Equatable, Sendable {
    case logits
    case probabilities(temperature: Double, SoftTargetEncoding)
  }

  /// The directory with its manifest and digest.
  package let directory: FinishedDirectory
  /// The content according to the manifest; every shard is checked against it.
  package let content: Content
  /// The classes of the numbers in a row.
  package let labelMap: LabelMap
  /// [teachers], digests of the weights or of another framework's predictions.
  package let teachers: [Digest]
  /// The shards, named like the image shards that they belong to.
  package let shards: [Manifest.Output]
  private let entriesByPath: [String: Manifest.Output]

  /// The path as the user gave it.
  package var path: String { directory.path }
  /// Length of a row.
  package var classes: Int { labelMap.classes }

  /// Opens a directory and checks its manifest; the shards are not read.
  ///
  /// - Throws: `StageError.wrongKind`, `.notFinished`, `.wrongManifest`; `StorageError.missing`.
  package init(_ path: String) throws {
    directory = try FinishedDirectory(path, expecting: .softTargets, .logits)
    labelMap = LabelMap(classes: directory.count("classes"), names: LabelNames.of(directory.manifest))
    teachers = try Self.teachers(directory)
    content = try Self.content(directory, classes: labelMap.classes)
    shards = directory.manifest.shards
    entriesByPath = Dictionary(shards.map { ($0.path, $0) }) { first, _ in first }
  }

  /// The temperature of the soft targets.
  ///
  /// - Throws: `InputError.mismatch` for logits, which have no temperature.
  package var temperature: Double {
    get throws {
      guard case .probabilities(let temperature, _) = content else {
        throw InputError.mismatch(
          path: path, expected: "soft targets at a temperature, as soft/temperature=T has them", like: nil,
          found: "logits")
      }
      return temperature
    }
  }

  private static func teachers(_ directory: FinishedDirectory) throws -> [Digest] {
    if case .array(let words)? = directory.manifest.parameters["teachers"] {
      let digests = words.compactMap { $0.string.flatMap { Digest(hex: $0) } }
      // The number of teachers is an axis of the logits, [n, teachers, classes].
      if digests.count == words.count, digests.count == directory.count("teachers") { return digests }
    }
    throw StageError.wrongManifest(
      path: FileSystem.join(directory.path, Manifest.fileName), reason: "impossible teachers")
  }

  private static func content(_ directory: FinishedDirectory, classes: Int) throws -> Content {
    let parameters = directory.manifest.parameters
    guard directory.manifest.kind == .softTargets else { return .logits }
    // Checked here once, as a Float too, because the loss divides by it in 32 bits.
    guard let temperature = parameters["temperature"]?.double, Float(temperature) > 0,
      Float(temperature).isFinite,
      let encoding = SoftTargetEncoding(parameters, classes: classes)
    else {
      throw StageError.wrongManifest(
        path: FileSystem.join(directory.path, Manifest.fileName),
        reason: "impossible temperature, dtype, top-k or tail")
    }
    return .probabilities(temperature: temperature, encoding)
  }

  /// Reads one shard and checks it against the manifest.
  ///
  /// - Throws: `StorageError`, `StageError`, `InputError` as `SoftTargetShard`.
  package func read(_ entry: Manifest.Output) throws -> SoftTargetShard {
    var temperature: Double?
    var encoding = SoftTargetEncoding()
    if case .probabilities(let value, let own) = content { (temperature, encoding) = (value, own) }
    let shard = try SoftTargetShard(
      try directory.shard(entry),
      expecting: .init(classes: classes, teachers: teachers, temperature: temperature, encoding: encoding))
    let path = directory.path(of: entry)
    guard directory.manifest.sources.contains(shard.origins.source) else {
      throw InputError.mismatch(
        path: path, expected: "rows of a source that is named", like: self.path,
        found: shard.origins.source.short)
    }
    return shard
  }

  /// Reads the soft targets of an image shard and checks them row by row.
  ///
  /// - Throws: `InputError.missingShard`; as `read(_:)` and `SoftTargetShard.checkJoin`.
  package func read(for entry: Manifest.Output, images: ImageShard, in set: ImageSet) throws
    -> SoftTargetShard
  {
    let imagePath = set.directory.path(of: entry)
    guard let own = entriesByPath[entry.path] else {
      throw InputError.missingShard(targets: path, images: imagePath)
    }
    let shard = try read(own)
    try shard.checkJoin(images, sha256: entry.sha256, path: directory.path(of: own), imagePath: imagePath)
    return shard
  }
}
