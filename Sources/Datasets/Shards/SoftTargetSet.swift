import Stage
import Storage

/// A finished directory of soft targets at one temperature, or of logits.
package struct SoftTargetSet: Sendable {
  /// The two things that a set may hold.
  package enum Content: Equatable, Sendable {
    case logits
    case probabilities(temperature: Double, SoftTargetEncoding)
  }

  /// Manifest, digest and place.
  package let directory: FinishedDirectory
  /// What its manifest says that it holds; every shard is held to it.
  package let content: Content
  /// What the numbers in a row stand for.
  package let labelMap: LabelMap
  /// Whose words they are: digests of the weights, or of what another framework gave.
  package let teachers: [Digest]
  /// Under the names of the image shards that they belong to.
  package let shards: [Manifest.Output]
  private let entriesByPath: [String: Manifest.Output]

  /// As the user named it.
  package var path: String { directory.path }
  /// Numbers in a row.
  package var classes: Int { labelMap.classes }

  /// - Throws: `StageError.wrongKind`, `.notFinished`, `.wrongManifest`; `StorageError.missing`.
  package init(_ path: String) throws {
    directory = try FinishedDirectory(path, expecting: .softTargets, .logits)
    labelMap = LabelMap(classes: directory.count("classes"), names: LabelNames.of(directory.manifest))
    teachers = try Self.teachers(directory)
    content = try Self.content(directory, classes: labelMap.classes)
    shards = directory.manifest.shards
    entriesByPath = Dictionary(shards.map { ($0.path, $0) }) { first, _ in first }
  }

  /// Of the soft targets.
  ///
  /// - Throws: `InputError.mismatch` for logits, which have none.
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
      // Their number is an axis of the logits, [n, teachers, classes].
      if digests.count == words.count, digests.count == directory.count("teachers") { return digests }
    }
    throw StageError.wrongManifest(
      path: FileSystem.join(directory.path, Manifest.fileName), reason: "impossible teachers")
  }

  private static func content(_ directory: FinishedDirectory, classes: Int) throws -> Content {
    let parameters = directory.manifest.parameters
    guard directory.manifest.kind == .softTargets else { return .logits }
    // Bounds here, once: the loss divides by it.
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

  /// Reads one shard, checked against the manifest.
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

  /// The shard of the images in `entry`, joined and checked row by row.
  ///
  /// - Throws: `InputError.missingShard` and as `SoftTargetShard.checkJoin`.
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
