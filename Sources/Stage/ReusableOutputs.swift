import Storage

/// Which files of a plan are there already and need not be made again.
struct ReusableOutputs {
  private let plan: Plan
  private let directory: String
  private let output: String

  /// - Parameters:
  ///   - directory: where the files lie.
  ///   - output: the directory as the user named it, for messages.
  init(_ plan: Plan, in directory: String, output: String) {
    (self.plan, self.directory, self.output) = (plan, directory, output)
  }

  /// The entries of the files that can stay, by their positions in the plan.
  ///
  /// - Parameters:
  ///   - manifest: of the directory, where it is finished.
  ///   - check: whether the files that it lists are read as well.
  ///   - threads: for what has to be read.
  /// - Throws: `StorageError` for what cannot be read; `StageError.notOurs` for a folder in the place of a file.
  func entries(_ manifest: Manifest?, check: Bool, threads: Int) throws -> [Manifest.Output?] {
    let listed = ListedOutputs(manifest, plan)
    var entries = [Manifest.Output?](repeating: nil, count: plan.outputs.count)
    var toRead: [Int] = []
    for (position, planned) in plan.outputs.enumerated() {
      let path = FileSystem.join(directory, planned.path)
      guard let size = FileSystem.size(path) else {
        if FileSystem.kind(path) == .directory { throw StageError.notOurs(path: output, found: planned.path) }
        continue
      }
      if let entry = listed[position] {
        guard entry.identity == planned.identity, size == entry.bytes else { continue }
        if !check { entries[position] = entry }
      }
      if entries[position] == nil { toRead.append(position) }
    }
    let found = Collected<(Int, Manifest.Output)>()
    try Processors.forEach(below: toRead.count, threads: threads) { [plan, directory, toRead] index in
      let planned = plan.outputs[toRead[index]]
      let path = FileSystem.join(directory, planned.path)
      if let entry = listed[toRead[index]] {
        if try Digest(ofFile: path) == entry.sha256 { found.append((toRead[index], entry)) }
      } else if let entry = try Self.orphan(planned, path) {
        found.append((toRead[index], entry))
      }
    }
    for (position, entry) in found.elements { entries[position] = entry }
    return entries
  }

  /// The entry of a file made by a run that did not reach its end: a shard says itself what it is.
  private static func orphan(_ output: Plan.Output, _ path: String) throws -> Manifest.Output? {
    guard output.path.hasSuffix(ShardFile.suffix) else { return nil }
    let bytes = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    guard let shard = try? ShardFile(bytes, path: path), shard.identity == output.identity else { return nil }
    return Manifest.Output(
      path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
      summary: shard.summary)
  }
}

/// What a manifest says of a plan's outputs, by their positions.
private struct ListedOutputs: Sendable {
  private let outputs: [Manifest.Output]
  /// Nil where both have the same paths in the same order, as they do unless the set has grown.
  private let positions: [Int?]?

  init(_ manifest: Manifest?, _ plan: Plan) {
    outputs = manifest?.outputs ?? []
    if outputs.count == plan.outputs.count, zip(outputs, plan.outputs).allSatisfy({ $0.path == $1.path }) {
      positions = nil
    } else {
      let byPath = Dictionary(outputs.indices.map { (manifest?.outputs[$0].path ?? "", $0) }) { first, _ in
        first
      }
      positions = plan.outputs.map { byPath[$0.path] }
    }
  }

  subscript(position: Int) -> Manifest.Output? {
    guard let positions else { return outputs[position] }
    return positions[position].map { outputs[$0] }
  }
}
