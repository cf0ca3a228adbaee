import Storage

/// The loop of every stage that writes shards: make what is pending, on all threads, publish it, count, finish.
package struct ShardStage {
  /// What the directory is going to be.
  package let plan: Plan
  /// What the manifest counts beside the examples and shards, which are counted here: classes, rows, ...
  package let counts: [String: Int]
  /// How often each example occurs: the copies of a jittered set.
  package let copies: Int
  /// Of the files in which the rows' indices count.
  package let sources: [Digest]
  private let maker: any ShardMaker

  /// A stage that has made nothing yet.
  package init(
    _ plan: Plan, counts: [String: Int], copies: Int = 1, sources: [Digest], maker: any ShardMaker
  ) {
    self.plan = plan
    self.counts = counts
    self.copies = copies
    self.sources = sources
    self.maker = maker
  }

  /// Positions of the shards in the plan; a tally's file stands behind them.
  private var shards: Range<Int> { 0..<plan.outputs.count - (maker.tally == nil ? 0 : 1) }

  /// What a run did, or would do.
  package struct Outcome {
    /// For the table.
    package let summary: DirectorySummary
    /// Nil of a dry run.
    package let manifest: Manifest?
  }

  /// Makes the directory, or says what making it would take.
  ///
  /// - Parameters:
  ///   - request: where, and how.
  ///   - threads: of the machine to use; if more than one, twice as many small shards are under way.
  ///   - console: for progress.
  ///   - results: what the manifest is to keep beside the counts, from the entries of all shards.
  /// - Returns: what was done; of a dry run, what would be.
  /// - Throws: `StageError`, `StorageError`; what the maker throws.
  package func make(
    _ request: OutputRequest, threads: Int, console: Console,
    results: ([Manifest.Output]) -> [String: JSONValue] = { _ in [:] }
  ) throws -> Outcome {
    if let part = request.part { return try make(part, request, threads: threads, console: console) }
    // Everything that can be refused is refused here, before a byte is read or written.
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
      // Also after an error: what is made stays, and the next run has less to do.
      adopt: directory.adopt)
    try publishTally(directory, made: Set(pending), threads: threads)
    let manifest = try directory.finish(sources: sources) { outputs in
      var counts = counts
      // Each copy has every example, so nothing is left over.
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

  /// Writes what was added up over the shards, where it is not there yet.
  private func publishTally(_ directory: OutputDirectory, made: Set<Int>, threads: Int) throws {
    guard let tally = maker.tally, directory.pending == [shards.count] else { return }
    var added = made
    for part in try PartRecord.all(in: directory.directory, of: plan.recipe) {
      // Of two parts that overlap one counts, or their common shards would count twice.
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
        // Between the shards of a group as well, which may be the hundred copies of one block.
        try Interruption.check()
        let output = plan.outputs[position]
        let frame = try shard.frame(identity: output.identity, path: publisher.path(of: position))
        made.append(try publisher.publish(frame, at: position, summary: shard.summary))
        progress.advance(by: shard.summary.examples)
      }
    }
  }

  private func shardsUnderWay(_ pending: [Int], threads: Int) -> Int {
    // While one thread waits for the disk another can compress; but memory holds several copies of a shard.
    let isSmall = pending.allSatisfy { maker.bytes(at: $0) <= 4 << 20 }
    return threads > 1 && isSmall ? 2 * threads : threads
  }

  /// Positions that are made together, in the order of the first of each.
  private func groups(_ pending: [Int]) -> [[Int]] {
    var places: [Int: Int] = [:]
    var groups: [[Int]] = []
    // In one pass: a plan may have a million shards.
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

  /// One shard, made and forgotten, as a measure of the others.
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

  /// Says so where the disk has less room than the work may take.
  private func announce(
    _ pending: [Int], in directory: String, as output: String, console: Console
  ) throws {
    guard let first = pending.first, let free = FileSystem.freeBytes(near: directory) else { return }
    // Of what is still to be made alone: the rest lies there already.
    let rows = pending.reduce(0) { $0 + maker.examples(at: $1) }
    // A sample costs time, and is taken only where the disk is not plainly large enough.
    // 64 kB a row: in Swift a shift binds before a product. Hardly any row takes more.
    guard free < rows * 1 << 16 || free < 1 << 30 else { return }
    // A tenth more, because one shard is a small sample.
    let bytes = Int(try sample(first).bytesPerExample * Double(rows) * 1.1)
    OutputDirectory.announce(bytes: bytes, free: free, output: output, console: console)
  }
}
