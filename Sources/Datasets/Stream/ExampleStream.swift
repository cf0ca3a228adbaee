import CounterRandom
import Stage
import Storage

/// What a training reads, as a value: examples, targets, which examples are taken, what the outputs of the net stand for,
/// and how batches are drawn. Epoch size, classes and outputs are asked of it.
///
/// Examples come by windows: as many shards as memory allows, mixed. A set that fits in one is mixed whole; of a larger
/// one the shards are dealt out so that each window has nearly the classes of the whole (`WindowPlan`). So the order
/// of the source means nothing to a training.
package struct ExampleStream: Sendable {
  /// Bytes of examples and soft targets in memory together, at most, and at least one shard. Two windows are there at a
  /// time: one is read while the other is worked on.
  package static let windowBytes = 48 << 20

  /// Examples in memory, and the order in which an epoch takes them.
  package struct Window: Sendable {
    /// [examples, inputs].
    package let features: Features
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
  /// What the outputs stand for, of classes that are those of the labels, or of the soft targets where there are none.
  package let labelMap: LabelMap
  private let seed: UInt64
  private let planner: WindowPlanner
  /// [copies]
  private let windowCounts: [Int]
  let windowBytes: Int
  private let cache: WindowCache?
  let selected = LazyValue<SelectedExamples>()
  let counted = LazyValue<FeatureStatistics>()

  /// A stream over all epochs to come.
  ///
  /// - Parameters:
  ///   - images: epoch e takes those of copy e modulo the number of copies.
  ///   - softTargets: of these images; nil to learn from labels alone.
  ///   - selection: which of them are taken.
  ///   - labelMap: of the net; nil for an output of each class. Of a specialist half of the examples of an epoch are of
  ///     its special classes, each once, the other half drawn anew for each epoch from the others (paper, section 5.2).
  ///   - seed: of the order of examples.
  ///   - windowBytes: of images and soft targets in memory together, at most, and at least one shard.
  /// - Throws: `InputError.mismatch`, `.noLabels`, `.otherClasses`; `ParameterError.wrongValue` for a selection of other
  ///   classes.
  package init(
    images: ImageSet, softTargets: SoftTargetSet?, selection: Selection = .init(),
    labelMap: LabelMap? = nil, seed: UInt64, windowBytes: Int = Self.windowBytes
  ) throws {
    if let softTargets, images.isLabelled {
      try images.labelMap.expectSame(softTargets.labelMap, path: softTargets.path, own: images.path)
    }
    try selection.check(images)
    self.images = images
    self.softTargets = softTargets
    self.selection = selection
    self.labelMap =
      labelMap ?? (images.isLabelled ? images.labelMap : softTargets?.labelMap ?? images.labelMap)
    if labelMap?.special != nil, !images.isLabelled { throw InputError.noLabels(path: images.path) }
    self.seed = seed
    let targetBytes = softTargets.map { $0.classes * MemoryLayout<Float>.stride } ?? 0
    let plan = WindowPlan(
      bytesPerExample: images.shape.count * images.element.tensorType.width + targetBytes, limit: windowBytes)
    self.windowBytes = windowBytes
    planner = WindowPlanner(plan, seed: seed)
    windowCounts = images.copies.map { plan.windowCount($0) }
    cache = plan.windowCount(images.shards) == 1 ? WindowCache() : nil
  }

  /// Numbers in an example.
  package var inputs: Int { images.shape.count }
  /// Classes of the labels, or of the soft targets where there are none.
  package var classes: Int { labelMap.classes }
  /// Outputs that the net needs.
  package var outputs: Int { labelMap.outputs }
  /// Whether examples have labels.
  package var isLabelled: Bool { images.isLabelled }
  /// How often windows were planned so far.
  package var planCount: Int { planner.planCount }

  /// Windows in an epoch. Epoch e reads copy e modulo the number of copies.
  package func windowCount(epoch: Int) -> Int { windowCounts[epoch % windowCounts.count] }

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
    let copy = epoch % images.copies.count
    let examples: Examples
    if let kept = cache?[copy] {
      examples = kept
    } else {
      let shards = planner.windows(of: images.copies[copy], epoch: epoch)[window]
      examples = try read(shards, threads: threads, visit)
      cache?[copy] = examples
    }
    // Drawn anew for each epoch and window, so that a resume in the middle finds the same order.
    let order = CounterRandom(seed: seed, purpose: .exampleOrder).permutation(
      examples.count, UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: window))
    return Window(
      features: examples.features, labels: examples.labels, targets: examples.targets,
      order: labelMap.special == nil ? order : labelMap.halves(of: order, labels: examples.labels ?? []))
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
      return Examples(shard, targets, rows, labelMap)
    }
    return Examples(parts, shape: images.shape, element: images.element)
  }
}
