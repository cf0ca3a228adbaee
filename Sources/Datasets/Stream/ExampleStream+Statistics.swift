import Machine
import Stage
import Storage

/// Counts and statistics of the examples in a stream.
extension ExampleStream {
  /// Number of examples in an epoch. Reads the set once if a fraction is selected, or if the counts of classes are
  /// not stored.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `InputError.noExamples` if nothing is selected.
  package func epochExamples(threads: Int) throws -> Int {
    guard labelMap.special != nil else { return try selectedExamples(threads: threads).count }
    // Half of a specialist's epoch is special examples, the other half drawn from the rest (`LabelMap.halves`).
    return try 2 * specialCounts(threads: threads).special
  }

  /// Number of examples in a copy that belong to the special classes, and of those that do not.
  ///
  /// - Throws: `InputError.noExamples` if either number is 0; otherwise as `statistics`.
  package func specialCounts(threads: Int) throws -> (special: Int, others: Int) {
    let counts = try examplesPerOutput(threads: threads)
    let chosen = labelMap.specialOutputs.reduce(0) { $0 + counts[$1] }
    let others = counts.reduce(0, +) - chosen
    for (count, what) in [(chosen, "special"), (others, "other")] where count == 0 {
      throw InputError.noExamples(path: images.path, of: "image of the \(what) classes")
    }
    return (chosen, others)
  }

  /// Number of examples of the most frequent output in an epoch: the hits of a net that always predicts that output.
  /// 0 without labels.
  ///
  /// - Throws: as `statistics`, `specialCounts`.
  package func mostFrequent(threads: Int) throws -> Int {
    let counts = try examplesPerOutput(threads: threads)
    guard labelMap.special != nil else { return counts.max() ?? 0 }
    // The stream draws as many other examples as special ones, so the counts of the others shrink in proportion.
    let (chosen, others) = try specialCounts(threads: threads)
    return counts.enumerated().map { output, count in
      labelMap.isSpecial(output: UInt32(output))
        ? count : Int((Double(chosen) * Double(count) / Double(others)).rounded())
    }.max() ?? 0
  }

  /// [outputs], examples in one copy; all 0 without labels.
  private func examplesPerOutput(threads: Int) throws -> [Int] {
    // Images without labels cannot be counted by class: the classes are those of the soft targets.
    isLabelled
      ? labelMap.perOutput(try statistics(threads: threads).examplesPerClass)
      : [Int](repeating: 0, count: outputs)
  }

  /// The selection applied to the set, computed once.
  func selectedExamples(threads: Int) throws -> SelectedExamples {
    try selected.value {
      try SelectedExamples(selection, of: images, threads: threads) { [images] in try images.read($0) }
    }
  }

  /// Statistics of the selected examples of the first copy. Taken from the set's file if all examples are selected,
  /// otherwise counted once.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `StageError.interrupted`.
  package func statistics(threads: Int) throws -> FeatureStatistics {
    try counted.value {
      if selection.isAll, let whole = try images.statistics() { return whole }
      return try countStatistics(threads: threads)
    }
  }

  /// Reads the first copy and counts the selected examples.
  private func countStatistics(threads: Int) throws -> FeatureStatistics {
    let entries = images.copies[0]
    var read: @Sendable (Manifest.Output) throws -> ImageShard = { [images] in try images.read($0) }
    // Both the selection and its statistics need the shards. If the set is small, it is read once for both. The limit
    // counts numbers rather than bytes, so floats may take up to four windows.
    if selected.current == nil, SelectedExamples.reads(selection, of: images),
      images.examplesPerCopy <= windowBytes / inputs
    {
      // Each reader of a shard below finds it in memory, by its path.
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
    // In the order of the shards, whichever was read first: sums of floats depend on the order.
    return parts.reduce(into: none) { $0.add($1) }
  }

  /// Statistics and selection, for a checkpoint.
  ///
  /// - Throws: as `statistics`.
  package func summary(threads: Int) throws -> StreamSummary {
    StreamSummary(try statistics(threads: threads), try selectedExamples(threads: threads))
  }

  /// Takes statistics and selection from a checkpoint, so that the set is not read for them.
  ///
  /// - Parameter summary: of a stream of the same training.
  /// - Returns: false, with nothing changed, if the summary does not fit the set.
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
