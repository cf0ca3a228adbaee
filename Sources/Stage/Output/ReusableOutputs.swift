import Storage

/// Which files of a plan are there already and need not be made again.
struct ReusableOutputs: Sendable {
  private let plan: Plan
  private let directory: String
  private let listed: ListedOutputs
  /// Whether the file at each position can stay.
  private(set) var isThere: [Bool]
  /// Entries of those that no manifest lists.
  private var unlisted: [Int: Manifest.Output] = [:]

  /// None.
  init(_ plan: Plan) {
    (self.plan, directory, listed) = (plan, "", ListedOutputs([], []))
    isThere = [Bool](repeating: false, count: plan.outputs.count)
  }

  /// Looks for them.
  ///
  /// - Parameters:
  ///   - plan: whose files they are.
  ///   - directory: where they lie.
  ///   - output: the directory as the user named it, for messages.
  ///   - entries: of files that a manifest, or the records of parts, list.
  ///   - check: whether files that are listed are read as well.
  ///   - threads: for what has to be read.
  ///   - positions: that are looked at; nil for all.
  /// - Throws: `StorageError` for what cannot be read; `StageError.notOurs` for a folder in the place of a file.
  init(
    _ plan: Plan, in directory: String, output: String, listed entries: [Manifest.Output], check: Bool,
    threads: Int, positions: Range<Int>? = nil
  ) throws {
    (self.plan, self.directory) = (plan, directory)
    listed = ListedOutputs(entries, plan.outputs)
    isThere = [Bool](repeating: false, count: plan.outputs.count)
    var toRead: [Int] = []
    for position in positions ?? plan.outputs.indices {
      let planned = plan.outputs[position]
      let path = FileSystem.join(directory, planned.path)
      guard let size = FileSystem.size(path) else {
        if FileSystem.kind(path) == .directory { throw StageError.notOurs(path: output, found: planned.path) }
        continue
      }
      if let entry = listed[position] {
        guard entry.identity == planned.identity, size == entry.bytes else { continue }
        isThere[position] = !check
      }
      if !isThere[position] { toRead.append(position) }
    }
    for (position, entry) in try read(toRead, threads: threads) {
      isThere[position] = true
      if let entry { unlisted[position] = entry }
    }
  }

  /// Adds what was made.
  mutating func add(_ entry: Manifest.Output, at position: Int) {
    isThere[position] = true
    unlisted[position] = entry
  }

  /// The entry of the file at a position, if it is there.
  subscript(position: Int) -> Manifest.Output? {
    isThere[position] ? unlisted[position] ?? listed[position] : nil
  }

  /// Reads files whose entries are not taken on trust.
  ///
  /// - Returns: positions of those that are right, with the entries of those that no manifest lists.
  private func read(_ positions: [Int], threads: Int) throws -> [(Int, Manifest.Output?)] {
    try Processors.map(below: positions.count, threads: threads) { index -> (Int, Manifest.Output?)? in
      let position = positions[index]
      let path = FileSystem.join(directory, plan.outputs[position].path)
      if let entry = listed[position] {
        return try Digest(ofFile: path) == entry.sha256 ? (position, nil) : nil
      }
      return try Self.orphan(plan.outputs[position], path).map { (position, $0) }
    }.compactMap { $0 }
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

/// What a manifest, or records of parts, say of a plan's outputs, by their positions.
private struct ListedOutputs: Sendable {
  private let outputs: [Manifest.Output]
  /// Nil where both have the same paths in the same order, as they do unless the set has grown.
  private let positions: [Int?]?

  init(_ entries: [Manifest.Output], _ planned: [Plan.Output]) {
    outputs = entries
    if outputs.count == planned.count, zip(outputs, planned).allSatisfy({ $0.path == $1.path }) {
      positions = nil
    } else {
      let byPath = Dictionary(outputs.enumerated().map { ($1.path, $0) }) { first, _ in first }
      positions = planned.map { byPath[$0.path] }
    }
  }

  subscript(position: Int) -> Manifest.Output? {
    guard let positions else { return outputs[position] }
    return positions[position].map { outputs[$0] }
  }
}
