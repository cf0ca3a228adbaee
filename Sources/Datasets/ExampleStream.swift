import CounterRandom
import Stage
import Storage
import Synchronization

/// What a training reads, as a value: images, targets, which examples are taken, how labels map to outputs, and how
/// batches are drawn. Epoch size, classes and outputs are asked of it.
///
/// Examples come by windows: as many shards as memory allows, mixed. A set that fits in one is mixed whole; of a larger
/// one the shards are dealt out so that each window has nearly the classes of the whole (`WindowPlan`). So the order
/// of the source means nothing to a training.
package struct ExampleStream: Sendable {
  /// Bytes of images and soft targets in memory together, at most, and at least one shard. Two windows are there at a
  /// time: one is read while the other is worked on.
  package static let windowBytes = 48 << 20

  /// Examples in memory, and the order in which an epoch takes them.
  package struct Window: Sendable {
    /// [examples, inputs], pixels.
    package let images: [UInt8]
    /// [examples], as outputs of the net; nil where the set has none.
    package let labels: [UInt32]?
    /// [examples, classes]: probabilities or logits; nil without soft targets.
    package let targets: [Float]?
    /// Rows of the arrays above.
    package let order: [UInt32]
  }

  /// The set of which examples are taken.
  package let images: ImageSet
  /// What teachers said of it; nil to learn from labels alone.
  package let softTargets: SoftTargetSet?
  /// Which of its examples are taken.
  package let selection: Selection
  /// Of the labels, or of the soft targets where there are none.
  package let classes: Int
  /// Which output stands for a label.
  package let outputMap: OutputMap
  /// Outputs of which half of the examples are; nil to take examples as they come.
  private let special: SpecialShare?
  private let seed: UInt64
  private let plan: WindowPlan
  private let cache: WindowCache?
  private let selected: LazyValue<SelectedExamples>
  private let counted: LazyValue<PixelStatistics>

  /// A stream over all epochs to come.
  ///
  /// - Parameters:
  ///   - images: epoch e takes those of copy e modulo the number of copies.
  ///   - softTargets: of these images; nil to learn from labels alone.
  ///   - selection: which of them are taken.
  ///   - outputMap: of labels; nil for an output of each class.
  ///   - special: classes of which half of the examples of an epoch are, each once, the other half drawn anew for
  ///     each epoch from the other classes (paper, section 5.2); nil to take examples as they come.
  ///   - seed: of the order of examples.
  ///   - windowBytes: of images and soft targets in memory together, at most, and at least one shard.
  /// - Throws: `InputError.mismatch`, `.noLabels`; `OptionError.wrongValue` for a selection of other classes.
  package init(
    images: ImageSet, softTargets: SoftTargetSet?, selection: Selection = .init(),
    outputMap: OutputMap? = nil, special: [Int]? = nil, seed: UInt64, windowBytes: Int = Self.windowBytes
  ) throws {
    if let softTargets, images.isLabelled, softTargets.classes != images.classes {
      throw InputError.mismatch(
        path: softTargets.path, expected: "\(images.classes) classes", like: images.path,
        found: String(softTargets.classes))
    }
    try selection.check(images)
    self.images = images
    self.softTargets = softTargets
    self.selection = selection
    classes = images.isLabelled ? images.classes : softTargets?.classes ?? images.classes
    let outputMap = outputMap ?? OutputMap(classes: classes)
    self.outputMap = outputMap
    if special != nil, !images.isLabelled { throw InputError.noLabels(path: images.path) }
    self.special = special.map { SpecialShare(outputs: outputMap.outputs(of: $0.map { UInt32($0) })) }
    self.seed = seed
    let targetBytes = softTargets.map { $0.classes * MemoryLayout<Float>.stride } ?? 0
    plan = WindowPlan(bytesPerExample: images.shape.count + targetBytes, limit: windowBytes)
    cache = plan.windowCount(images.shards) == 1 ? WindowCache() : nil
    selected = LazyValue()
    counted = LazyValue()
  }

  /// Numbers in an image.
  package var inputs: Int { images.shape.count }
  /// Outputs that the net needs.
  package var outputs: Int { outputMap.count }
  /// Whether examples have labels.
  package var isLabelled: Bool { images.isLabelled }

  /// Examples in an epoch. To know a fraction, or how many are of special classes, the set is read once.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `InputError.noExamples` if nothing is taken.
  package func epochExamples(threads: Int) throws -> Int {
    guard special != nil else { return try selectedExamples(threads: threads).count }
    return try 2 * specialCounts(threads: threads).special
  }

  /// How many examples of a copy are of the special classes, and how many are not.
  ///
  /// - Throws: `InputError.noExamples` if either has none; as `statistics`.
  package func specialCounts(threads: Int) throws -> (special: Int, others: Int) {
    let counts = try statistics(threads: threads).examplesPerOutput
    let chosen = special?.count(counts) ?? 0
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
    let counts = try statistics(threads: threads).examplesPerOutput
    guard let special else { return counts.max() ?? 0 }
    // Of the others as many are drawn as there are special ones, from their outputs by their share.
    let (chosen, others) = try specialCounts(threads: threads)
    return counts.enumerated().map { output, count in
      special.contains(UInt32(output))
        ? count : Int((Double(chosen) * Double(count) / Double(others)).rounded())
    }.max() ?? 0
  }

  private func selectedExamples(threads: Int) throws -> SelectedExamples {
    try selected.value { try SelectedExamples(selection, of: images, threads: threads) }
  }

  /// What the examples of the first copy say of their pixels and labels; they are read once for it.
  ///
  /// - Throws: `StorageError`, `InputError` for damaged shards; `StageError.interrupted`.
  package func statistics(threads: Int) throws -> PixelStatistics {
    try counted.value {
      let selected = try selectedExamples(threads: threads)
      let total = Mutex(PixelStatistics(inputs: inputs, outputs: outputs))
      let entries = copy(0)
      try Processors.forEach(below: entries.count, threads: threads) { index in
        let shard = try images.read(entries[index])
        let chosen = selected.rows(of: shard).map { shard.rows($0) } ?? shard
        var own = PixelStatistics(inputs: inputs, outputs: outputs)
        own.add(chosen.images, labels: chosen.labels.map { outputMap.outputs(of: $0) })
        total.withLock { $0.add(own) }
      }
      return total.withLock { $0 }
    }
  }

  /// Windows in an epoch. Epoch e reads copy e modulo the number of copies.
  package func windowCount(epoch: Int) -> Int { plan.windowCount(copy(epoch)) }

  private func copy(_ epoch: Int) -> [Manifest.Output] { images.copies[epoch % images.copies.count] }

  /// How the examples of a window are cut into batches of nearly equal size, so that none is a mere rest.
  package static func batches(examples: Int, batchSize: Int) -> [Range<Int>] {
    let count = (examples + batchSize - 1) / batchSize
    return (0..<count).map { examples * $0 / count..<examples * ($0 + 1) / count }
  }

  /// Reads a window.
  ///
  /// - Parameters:
  ///   - epoch: from 0 on.
  ///   - window: below `windowCount` of that epoch.
  ///   - threads: that have nothing else to do.
  ///   - visit: sees the origins of each shard's examples that are taken, from any thread; not again those of a
  ///     window that is still in memory.
  /// - Returns: its examples, and the order that the seed, the epoch and the window give them.
  /// - Throws: `StorageError`, `InputError` for damaged shards and for soft targets of other images;
  ///   `StageError.interrupted`.
  package func load(
    epoch: Int, window: Int, threads: Int = 1,
    visit: @Sendable (_ origins: RowOrigins) throws -> Void = { _ in }
  ) throws -> Window {
    // Drawn anew for each epoch and window, so that a resume in the middle finds the same order.
    let (seedOfOrder, copy) = (CounterRandom(seed: seed, purpose: .exampleOrder), copy(epoch))
    let examples: Examples
    if let kept = cache?[epoch % images.copies.count] {
      examples = kept
    } else {
      let shards = plan.windows(of: copy, epoch: epoch, seed: seed)[window]
      examples = try read(shards, threads: threads, visit)
      cache?[epoch % images.copies.count] = examples
    }
    let order = seedOfOrder.permutation(
      examples.count, UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: window))
    return Window(
      images: examples.images, labels: examples.labels, targets: examples.targets,
      order: special?.halves(of: order, labels: examples.labels ?? []) ?? order)
  }

  private func read(
    _ entries: [Manifest.Output], threads: Int, _ visit: @Sendable (RowOrigins) throws -> Void
  ) throws -> Examples {
    let selected = try selectedExamples(threads: threads)
    // By position, not by who was first: the bytes must not depend on the threads.
    let parts = try Processors.map(below: entries.count, threads: threads) { index in
      let shard = try images.read(entries[index])
      // Joined before rows are chosen: row i of both files is one picture as long as both are whole.
      let targets = try softTargets?.read(for: entries[index], images: shard, in: images).targets
      let rows = selected.rows(of: shard)
      try visit(rows.map { shard.origins.rows($0) } ?? shard.origins)
      return Examples(shard, targets, rows, outputMap)
    }
    var whole = Examples()
    whole.reserve(parts.reduce(0) { $0 + $1.count }, inputs: inputs)
    for part in parts { whole.append(part) }
    return whole
  }
}
