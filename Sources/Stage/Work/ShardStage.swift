import Machine
import Storage

/// The main loop of every shard-writing stage: makes pending shards on all threads, publishes them, writes the
/// manifest.
package struct ShardStage {
  /// Plan of the directory.
  package let plan: Plan
  /// Counts for the manifest: classes, rows, ... Examples, copies and shards are added by this type.
  package let counts: [String: Int]
  /// Copies of each example, as in a jittered set.
  package let copies: Int
  /// Digests of the source files that the rows' indices refer to.
  package let sources: [Digest]
  private let maker: any ShardMaker

  /// A stage; nothing is made yet.
  package init(
    _ plan: Plan, counts: [String: Int], copies: Int = 1, sources: [Digest], maker: any ShardMaker
  ) {
    self.plan = plan
    self.counts = counts
    self.copies = copies
    self.sources = sources
    self.maker = maker
  }

  /// Positions of the shards in the plan; a tally's file comes after them.
  private var shards: Range<Int> { 0..<plan.outputs.count - (maker.tally == nil ? 0 : 1) }

  /// Result of a run or dry run.
  package struct Outcome {
    /// Row of the result table.
    package let summary: DirectorySummary
    /// The manifest; nil after a dry run or a part.
    package let manifest: Manifest?
  }

  /// Makes the directory, or estimates the work in a dry run.
  ///
  /// - Parameters:
  ///   - request: output path and options.
  ///   - threads: number of threads; with more than one, twice as many small shards are made at once.
  ///   - console: for progress.
  ///   - results: computes the manifest's results from the entries of all files.
  /// - Returns: the summary and the manifest.
  /// - Throws: `StageError`, `StorageError`; errors of the maker.
  package func make(
    _ request: OutputRequest, threads: Int, console: Console,
    results: ([Manifest.Output]) -> [String: JSONValue] = { _ in [:] }
  ) throws -> Outcome {
    if let part = request.part { return try make(part, request, threads: threads, console: console) }
    // Refuse as early as possible: nothing has been written yet.
    let directory = try OutputDirectory(plan, request, threads: threads)
    let missing = pendingShards(directory)
    if request.joinsParts, !missing.isEmpty {
      throw StageError.partsMissing(
        path: request.output, count: missing.count, of: shards.count,
        shards: NumberList.ranges(missing, limit: 8))
    }
    if request.dryRun { return Outcome(summary: try estimate(directory, threads: threads), manifest: nil) }
    try directory.begin()
    if let manifest = directory.manifest, directory.isUpToDate {
      return Outcome(summary: DirectorySummary(request.output, manifest, made: 0), manifest: manifest)
    }
    let pending = pendingShards(directory)
    console.note("\(request.output): \(pending.count) shards to make, \(shards.count - pending.count) reused")
    try announce(pending, in: directory.directory, as: directory.output, console: console)
    try make(
      pending, by: directory.publisher, name: directory.output, threads: threads, console: console,
      // Called even after an error: finished shards stay, so the next run has less to do.
      adopt: directory.adopt)
    try publishTally(directory, made: Set(pending), threads: threads)
    let manifest = try directory.finish(sources: sources) { outputs in
      var counts = counts
      // Every copy has all examples, so the division has no remainder.
      counts["examples"] = outputs.reduce(0) { $0 + $1.examples } / copies
      (counts["copies"], counts["shards"]) = (copies, shards.count)
      return (counts, results(outputs))
    }
    var summary = DirectorySummary(request.output, manifest, made: pending.count, isNew: true)
    summary.replaced = directory.replaces
    return Outcome(summary: summary, manifest: manifest)
  }

  private func pendingShards(_ directory: OutputDirectory) -> [Int] {
    directory.pending.filter { shards.contains($0) }
  }

  /// Writes the tally's file, if it is missing.
  private func publishTally(_ directory: OutputDirectory, made: Set<Int>, threads: Int) throws {
    guard let tally = maker.tally, directory.pending == [shards.count] else { return }
    var added = made
    for part in try PartRecord.all(in: directory.directory, of: plan.recipe) {
      // Of two overlapping parts, only the first is added, so that their common shards do not count twice.
      guard let bytes = part.record.tally, added.isDisjoint(with: part.positions) else { continue }
      try tally.add(bytes, path: part.path)
      added.formUnion(part.positions)
    }
    let rest = shards.filter { tally.counts($0) && !added.contains($0) }.compactMap {
      directory.entry(at: $0)
    }
    try tally.add(rest, in: directory.directory, threads: threads)
    directory.adopt([try directory.publisher.publish(try tally.encoded(), at: shards.count)])
  }

  private func make(
    _ part: Part, _ request: OutputRequest, threads: Int, console: Console
  ) throws -> Outcome {
    let directory = try PartDirectory(plan, request, part.positions(of: shards.count), threads: threads)
    if let manifest = directory.manifest {
      return Outcome(summary: DirectorySummary(request.output, manifest, made: 0), manifest: manifest)
    }
    let examples = directory.positions.reduce(0) { $0 + maker.examples(at: $1) }
    if request.dryRun {
      let rate =
        try directory.pending.first.map { try sample($0) } ?? (bytesPerExample: 0, secondsPerExample: 0)
      let pending = directory.pending.reduce(0) { $0 + maker.examples(at: $1) }
      return Outcome(
        summary: DirectorySummary(
          directory, made: directory.pending.count, bytes: Int(rate.bytesPerExample * Double(examples)),
          seconds: rate.secondsPerExample * Double(pending) / Double(threads), examples: examples, isDry: true
        ),
        manifest: nil)
    }
    try directory.begin()
    console.note(
      "\(request.output): \(part.name): \(directory.pending.count) shards to make, \(directory.reusedCount) reused"
    )
    try announce(directory.pending, in: directory.directory, as: directory.output, console: console)
    var made: [(position: Int, entry: Manifest.Output)] = []
    try make(
      directory.pending, by: directory.publisher, name: directory.output, threads: threads, console: console
    ) { made = $0 }
    let bytes = try directory.finish(made, tally: maker.tally, threads: threads).reduce(0) { $0 + $1.bytes }
    return Outcome(
      summary: DirectorySummary(
        directory, made: made.count, bytes: bytes, seconds: nil, examples: examples), manifest: nil)
  }

  private func make(
    _ pending: [Int], by publisher: Publisher, name: String, threads: Int, console: Console,
    adopt: ([(position: Int, entry: Manifest.Output)]) -> Void
  ) throws {
    maker.tally?.clear()
    let groups = groups(pending)
    let total = pending.reduce(0) { $0 + maker.examples(at: $1) }
    let progress = ProgressMeter(FileSystem.name(name), total: total, unit: maker.unit, console: console)
    let made = Collected<(position: Int, entry: Manifest.Output)>()
    defer { adopt(made.elements) }
    try Processors.forEach(below: groups.count, threads: shardsUnderWay(pending, threads: threads)) {
      [maker, plan] index in
      try maker.make(groups[index]) { position, shard in
        // A safe point for every shard, not every group: a group may be a hundred copies of one block.
        try Interruption.check()
        let output = plan.outputs[position]
        let frame = try shard.frame(identity: output.identity, path: publisher.path(of: position))
        made.append(try publisher.publish(frame, at: position, summary: shard.summary))
        progress.advance(by: shard.summary.examples)
      }
    }
  }

  private func shardsUnderWay(_ pending: [Int], threads: Int) -> Int {
    let largest = pending.reduce(0) { max($0, maker.bytes(at: $1)) }
    // With twice the threads, one can compress while another waits for the disk.
    let wanted = threads > 1 && largest <= 4 << 20 ? 2 * threads : threads
    // Each thread keeps several copies of its shard in memory: rows, tensors, file, frame. One is made in any case.
    return max(1, MemoryBudget.ofProgram.atOnce(wanted, each: 4 * largest))
  }

  /// Positions by group, sorted by the first position of each group.
  private func groups(_ pending: [Int]) -> [[Int]] {
    var places: [Int: Int] = [:]
    var groups: [[Int]] = []
    // In a single pass, because a plan may have a million shards.
    for position in pending {
      let number = maker.group(of: position)
      if let place = places[number] {
        groups[place].append(position)
      } else {
        places[number] = groups.count
        groups.append([position])
      }
    }
    return groups
  }

  /// Makes one shard without publishing it, to estimate size and time of the others.
  private func sample(_ position: Int) throws -> (bytesPerExample: Double, secondsPerExample: Double) {
    var bytes = 0
    var examples = 0
    let elapsed = try ContinuousClock().measure {
      try maker.make([position]) { position, shard in
        bytes = try shard.frame(identity: plan.outputs[position].identity, path: plan.outputs[position].path)
          .count
        examples = shard.summary.examples
      }
    }
    return (Double(bytes) / Double(max(1, examples)), elapsed.seconds / Double(max(1, examples)))
  }

  private func estimate(_ directory: OutputDirectory, threads: Int) throws -> DirectorySummary {
    let all = shards.reduce(0) { $0 + maker.examples(at: $1) }
    let missing = pendingShards(directory)
    let pending = missing.reduce(0) { $0 + maker.examples(at: $1) }
    if let manifest = directory.manifest { return DirectorySummary(directory.output, manifest, made: 0) }
    let (bytesPerExample, secondsPerExample) =
      try missing.first.map { try self.sample($0) } ?? (0, 0)
    return DirectorySummary(
      directory.output, planned: directory, made: missing.count, of: shards.count,
      bytes: Int(bytesPerExample * Double(all)),
      seconds: secondsPerExample * Double(pending) / Double(threads), examples: all / copies)
  }

  /// Warns if the disk may be too small.
  private func announce(
    _ pending: [Int], in directory: String, as output: String, console: Console
  ) throws {
    guard let first = pending.first, let free = FileSystem.freeBytes(near: directory) else { return }
    // Only pending shards need space; the others are on the disk already.
    let rows = pending.reduce(0) { $0 + maker.examples(at: $1) }
    // A sample costs time, so it is skipped if the disk is clearly large enough: 64 kB (1 << 16) per row, which
    // hardly any row exceeds. In Swift, `<<` has a higher precedence than `*`.
    guard free < rows * 1 << 16 || free < 1 << 30 else { return }
    // 10 % more, because one shard is a small sample.
    let bytes = Int(try sample(first).bytesPerExample * Double(rows) * 1.1)
    OutputDirectory.announce(bytes: bytes, free: free, output: output, console: console)
  }
}
