import Machine
import Storage

/// Files of a plan that exist already and need not be made again.
struct ReusableOutputs: Sendable {
  private let plan: Plan
  private let directory: String
  private let listed: ListedOutputs
  /// Whether the file at each position of the plan can be reused.
  private(set) var isThere: [Bool]
  /// Entries of reusable files that no manifest lists.
  private var unlisted: [Int: Manifest.Output] = [:]

  /// No reusable files.
  init(_ plan: Plan) {
    (self.plan, directory, listed) = (plan, "", ListedOutputs([], []))
    isThere = [Bool](repeating: false, count: plan.outputs.count)
  }

  /// Finds the reusable files of a directory.
  ///
  /// - Parameters:
  ///   - plan: plan of the directory.
  ///   - directory: path of the directory.
  ///   - output: the path as the user gave it, for messages.
  ///   - entries: entries listed in a manifest or in records of parts.
  ///   - check: whether listed files are read and verified too.
  ///   - threads: number of threads for reading.
  ///   - positions: positions to examine; nil for all.
  /// - Throws: `StorageError` if a file cannot be read; `StageError.notOurs` for a folder in place of a file.
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
        // A listed file is trusted by its size: hashing every shard would make "up to date" as slow as reading the
        // set.
        isThere[position] = !check
      }
      if !isThere[position] { toRead.append(position) }
    }
    for (position, entry) in try read(toRead, threads: threads) {
      isThere[position] = true
      if let entry { unlisted[position] = entry }
    }
  }

  /// Adds a file that was made.
  mutating func add(_ entry: Manifest.Output, at position: Int) {
    isThere[position] = true
    unlisted[position] = entry
  }

  /// The entry of the reusable file at a position; nil if there is none.
  subscript(position: Int) -> Manifest.Output? {
    isThere[position] ? unlisted[position] ?? listed[position] : nil
  }

  /// Reads and verifies files that are not trusted by their entry alone.
  ///
  /// - Returns: positions of correct files; with an entry for each file that no manifest lists.
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

  /// The entry of a shard left by an unfinished run, recognised by the identity in its metadata; nil if it does not
  /// match.
  private static func orphan(_ output: Plan.Output, _ path: String) throws -> Manifest.Output? {
    guard output.path.hasSuffix(ShardFile.suffix) else { return nil }
    let bytes = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    guard let shard = try? ShardFile(bytes, path: path), shard.identity == output.identity else { return nil }
    return Manifest.Output(
      path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
      summary: shard.summary)
  }
}

/// Entries of a manifest or of records of parts, by position in the plan.
private struct ListedOutputs: Sendable {
  private let outputs: [Manifest.Output]
  /// Index of each planned output among the entries. Nil if paths and order are equal, as usual: that saves a
  /// dictionary of perhaps a million paths.
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
