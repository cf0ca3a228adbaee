import Datasets
import Stage
import Storage

/// Joins directories of image shards, logits or soft targets of one kind. Shards are copied unchanged under new
/// numbers, so soft targets joined in the same order as their images still match them.
package enum DirectoryJoin {
  /// Parameters that may differ between parts: they describe how a part was made, not what its rows mean.
  private static let ownParameters: Set<String> = [
    "split", "validation", "distortion", "shard-size", "order", "seed", "copies", "join",
  ]

  /// Plans the join.
  ///
  /// - Parameters:
  ///   - paths: paths of the parts, in order.
  ///   - stage: name of the program, for the manifest.
  /// - Returns: a stage that copies the parts' shards; only manifests are read before it runs.
  /// - Throws: `InputError.mismatch` for directories that cannot be joined; `StageError`, `StorageError`.
  package static func stage(_ paths: [String], stage: String) throws -> ShardStage {
    let parts = try paths.map { try FinishedDirectory($0, expecting: .images, .logits, .softTargets) }
    for part in parts.dropFirst() { try check(part, like: parts[0]) }
    let first = parts[0].manifest
    let sources = numbered(parts)
    var parameters = first.parameters.filter { !ownParameters.contains($0.key) }
    parameters["join"] = JSONValue(parts.count)
    // The shards keep their identities: their bytes are unchanged, and soft targets name an image shard by its digest.
    var outputs = sources.map { Plan.Output(path: $0.path, identity: $0.entry.identity) }
    // A joined statistics file needs those of all parts; without it, a reader counts the shards itself.
    let tally = JoinTally(parts)
    if tally != nil {
      let identities = IdentityMaker(
        first.kind, arithmeticVersion: first.recipe.arithmeticVersion, parameters: parameters)
      outputs.append(
        identities.output(
          Manifest.statisticsName, inputs: parts.compactMap { $0.manifest.statistics?.sha256 }))
    }
    let plan = Plan(
      kind: first.kind, stage: stage, arithmeticVersion: first.recipe.arithmeticVersion,
      parameters: parameters, inputs: parts.enumerated().map { Plan.Input(name: "part.\($0)", $1) },
      outputs: outputs)
    var known: Set<Digest> = []
    return ShardStage(
      plan, counts: first.counts.filter { $0.key != ImageSet.sourceImages }, copies: parts[0].count("copies"),
      // Parts may share a source, and a manifest lists each source once.
      sources: parts.flatMap(\.manifest.sources).filter { known.insert($0).inserted },
      maker: JoinMaker(parts: parts, sources: sources, tally: tally))
  }

  /// Folders (copies) of a directory's shards, in order, each once.
  private static func folders(_ directory: FinishedDirectory) -> String {
    var known: Set<String> = []
    return directory.manifest.shards.map { FileSystem.parent($0.path) }.filter { known.insert($0).inserted }
      .joined(separator: " ")
  }

  private static func check(_ part: FinishedDirectory, like first: FinishedDirectory) throws {
    func expect(_ what: String, _ expected: String?, _ found: String?) throws {
      guard expected != found else { return }
      throw InputError.mismatch(
        path: part.path, expected: "\(what) \(expected ?? "none")", like: first.path, found: found ?? "none")
    }
    let (manifest, model) = (part.manifest, first.manifest)
    try expect("the kind", model.kind.name, manifest.kind.name)
    try expect(
      "version of the arithmetic", String(model.recipe.arithmeticVersion),
      String(manifest.recipe.arithmeticVersion))
    for name in Set(model.counts.keys).union(manifest.counts.keys).sorted()
    // Not these: a join adds up the first two, and drops the third.
    where !["examples", "shards", ImageSet.sourceImages].contains(name) {
      try expect(name, model.counts[name]?.description, manifest.counts[name]?.description)
    }
    for name in Set(model.parameters.keys).union(manifest.parameters.keys).subtracting(ownParameters).sorted()
    {
      try expect(name, model.parameters[name]?.description, manifest.parameters[name]?.description)
    }
    // Different folders would give copies that lack the images of some parts.
    try expect("shards in the folders", folders(first), folders(part))
  }

  /// All shards under their new names: copy by copy, as in an ingested set, and within a copy part by part.
  private static func numbered(_ parts: [FinishedDirectory]) -> [JoinMaker.Source] {
    var folders: [String] = []
    var members: [String: [JoinMaker.Source]] = [:]
    for (part, directory) in parts.enumerated() {
      for entry in directory.manifest.shards {
        let folder = FileSystem.parent(entry.path)
        if members[folder] == nil { folders.append(folder) }
        let name = ShardFile.name(members[folder]?.count ?? 0)
        let path = folder == "." ? name : FileSystem.join(folder, name)
        members[folder, default: []].append(.init(path: path, part: part, entry: entry))
      }
    }
    return folders.flatMap { members[$0] ?? [] }
  }
}

/// Copies shards, checked against the manifests of their parts.
private struct JoinMaker: ShardMaker {
  struct Source: Sendable {
    /// Path in the joined directory.
    let path: String
    let part: Int
    let entry: Manifest.Output
  }

  let parts: [FinishedDirectory]
  let sources: [Source]
  let tally: (any ShardTally)?

  var unit: String { "rows" }

  func examples(at position: Int) -> Int { sources[position].entry.examples }

  func bytes(at position: Int) -> Int { sources[position].entry.bytes }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    for position in positions {
      let source = sources[position]
      guard let summary = source.entry.summary else { continue }
      let bytes = try parts[source.part].contents(of: source.entry)
      // Decoded once, so that a shard that no reader accepts is not passed on.
      _ = try ShardFile(bytes, path: parts[source.part].path(of: source.entry))
      try emit(position, .copied(bytes, summary))
    }
  }
}

/// The statistics of a join: the sum over its parts.
private struct JoinTally: ShardTally {
  private let parts: [FinishedDirectory]

  /// Nil if a part has no statistics.
  init?(_ parts: [FinishedDirectory]) {
    guard parts.allSatisfy({ $0.manifest.statistics != nil }) else { return nil }
    self.parts = parts
  }

  // The statistics files of the parts are enough; no shard is counted.
  func clear() {}
  func counts(_ position: Int) -> Bool { false }
  func add(_ shard: ShardFile) throws {}
  func add(_ file: [UInt8], path: String) throws {}

  func encoded() throws -> [UInt8] {
    let each = try parts.compactMap { part in
      try part.manifest.statistics.map { entry in
        try FeatureStatistics(Safetensors(try part.contents(of: entry), path: part.path(of: entry)))
      }
    }
    guard var total = each.first else { return [] }
    for (part, own) in zip(parts, each).dropFirst() {
      guard total.canAdd(own) else {
        throw StorageError.malformed(path: part.path, reason: "statistics of other examples than its shards")
      }
      total.add(own)
    }
    var writer = SafetensorsWriter(metadata: [:])
    total.write(to: &writer)
    return try writer.bytes()
  }
}
