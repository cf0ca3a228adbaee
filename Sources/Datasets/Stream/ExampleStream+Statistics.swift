import Stage
import Storage

/// Counts and statistics of the examples that a stream takes.
extension ExampleStream {
  /// Examples in an epoch. To know a fraction, or how many are of special classes, the set is read once.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `InputError.noExamples` if nothing is taken.
  package func epochExamples(threads: Int) throws -> Int {
    guard labelMap.special != nil else { return try selectedExamples(threads: threads).count }
    return try 2 * specialCounts(threads: threads).special
  }

  /// How many examples of a copy are of the special classes, and how many are not.
  ///
  /// - Throws: `InputError.noExamples` if either has none; as `statistics`.
  package func specialCounts(threads: Int) throws -> (special: Int, others: Int) {
    let counts = try examplesPerOutput(threads: threads)
    let chosen = labelMap.specialOutputs.reduce(0) { $0 + counts[$1] }
    let others = counts.reduce(0, +) - chosen
    for (count, what) in [(chosen, "special"), (others, "other")] where count == 0 {
      throw InputError.noExamples(path: images.path, of: "image of the \(what) classes")
    }
    return (chosen, others)
  }

  /// [outputs]: the largest is what naming one output always would get right in an epoch; all 0 without labels.
  ///
  /// - Throws: as `statistics`, `specialCounts`.
  package func mostFrequent(threads: Int) throws -> Int {
    let counts = try examplesPerOutput(threads: threads)
    guard labelMap.special != nil else { return counts.max() ?? 0 }
    // Of the others as many are drawn as there are special ones, from their outputs by their share.
    let (chosen, others) = try specialCounts(threads: threads)
    return counts.enumerated().map { output, count in
      labelMap.isSpecial(output: UInt32(output))
        ? count : Int((Double(chosen) * Double(count) / Double(others)).rounded())
    }.max() ?? 0
  }

  /// [outputs], of one copy; all 0 without labels.
  private func examplesPerOutput(threads: Int) throws -> [Int] {
    // Images without labels cannot be counted by class: the classes are those of the soft targets.
    isLabelled
      ? labelMap.perOutput(try statistics(threads: threads).examplesPerClass)
      : [Int](repeating: 0, count: outputs)
  }

  func selectedExamples(threads: Int) throws -> SelectedExamples {
    try selected.value {
      try SelectedExamples(selection, of: images, threads: threads) { [images] in try images.read($0) }
    }
  }

  /// Statistics of the examples of the first copy that are taken: read from the set's file where all are taken, else counted
  /// once.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `StageError.interrupted`.
  package func statistics(threads: Int) throws -> FeatureStatistics {
    try counted.value {
      if selection.isAll, let whole = try images.statistics() { return whole }
      return try countStatistics(threads: threads)
    }
  }

  private func countStatistics(threads: Int) throws -> FeatureStatistics {
    let entries = images.copies[0]
    var read: @Sendable (Manifest.Output) throws -> ImageShard = { [images] in try images.read($0) }
    if selected.current == nil, SelectedExamples.reads(selection, of: images),
      images.examplesPerCopy <= windowBytes / inputs
    {
      // A set that is small enough is read once for both: for which examples are taken, and for what they are.
      let shards = try Processors.map(below: entries.count, threads: threads) { try images.read(entries[$0]) }
      let places = Dictionary(entries.enumerated().map { ($1.path, $0) }) { first, _ in first }
      read = { [images] entry in
        try places[entry.path].map { shards[$0] } ?? images.read(entry)
      }
      selected.set(try SelectedExamples(selection, of: images, threads: threads, read: read))
    }
    let chosen = try selectedExamples(threads: threads)
    let none = FeatureStatistics(inputs: inputs, classes: images.classes, element: images.element)
    let parts = try Processors.map(below: entries.count, threads: threads) { [read] index in
      let shard = try read(entries[index])
      let own = chosen.rows(of: shard).map { shard.rows($0) } ?? shard
      var counts = none
      counts.add(own.features, labels: own.labels)
      return counts
    }
    // In the order of the shards: sums of floats depend on it.
    return parts.reduce(into: none) { $0.add($1) }
  }

  /// The statistics and the selection, for a checkpoint.
  ///
  /// - Throws: as `statistics`.
  package func summary(threads: Int) throws -> StreamSummary {
    StreamSummary(try statistics(threads: threads), try selectedExamples(threads: threads))
  }

  /// Takes what a checkpoint has kept in place of reading the set.
  ///
  /// - Parameter summary: of a stream of the same training.
  /// - Returns: whether it is of such a set.
  package func restore(_ summary: StreamSummary) -> Bool {
    guard summary.statistics.sums.count == inputs, summary.statistics.element == images.element,
      summary.statistics.examplesPerClass.count == images.classes,
      (summary.limits != nil) == (selection.fraction < 1),
      (1...images.examplesPerCopy).contains(summary.count)
    else { return false }
    selected.set(SelectedExamples(selection, limits: summary.limits, count: summary.count))
    counted.set(summary.statistics)
    return true
  }
}
