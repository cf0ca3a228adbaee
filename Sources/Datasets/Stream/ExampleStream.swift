import CounterRandom
import Machine
import Stage
import Storage

/// The input of a training, as a value: examples, targets, selection, label map, and the order of batches. It answers
/// questions about epoch size, classes and outputs.
///
/// Examples come in windows of as many shards as memory allows, and each window is shuffled. A set that fits in one
/// window is shuffled as a whole. The shards of a larger set are dealt out so that each window has nearly the class
/// frequencies of the set (`WindowPlan`). So the order of the source does not matter to a training.
package struct ExampleStream: Sendable {
  /// Upper limit for examples and soft targets of the windows in memory, in bytes, but at least one shard. It does not
  /// depend on the available memory, because the result depends on which examples share a window.
  package static let windowBytes = 48 << 20

  /// Examples in memory, and the order in which an epoch takes them.
  package struct Window: Sendable {
    /// [examples, inputs].
    package let features: Features
    /// [examples], output numbers of the net; nil for an unlabelled set.
    package let labels: [UInt32]?
    /// [examples, classes], probabilities or logits; nil without soft targets.
    package let targets: [Float]?
    /// Rows of the arrays above, in training order. For a specialist, special and other examples alternate, and rows
    /// may be missing or repeated.
    package let order: [UInt32]
  }

  /// The set from which examples are taken.
  package let images: ImageSet
  /// Predictions of teachers for the set; nil to train on labels alone.
  package let softTargets: SoftTargetSet?
  /// The examples to take from the set.
  package let selection: Selection
  /// The classes behind the outputs: classes of the labels, or of the soft targets for an unlabelled set.
  package let labelMap: LabelMap
  private let seed: UInt64
  private let planner: WindowPlanner
  /// [copies], windows in each copy.
  private let windowCounts: [Int]
  let windowBytes: Int
  /// Bytes of the largest window, at most.
  package let largestWindow: Int
  /// Bytes of the largest shard, with its soft targets.
  let largestShard: Int
  /// Whether all copies together are no larger than a window.
  let isSmall: Bool
  let selected = LazyValue<SelectedExamples>()
  let counted = LazyValue<FeatureStatistics>()

  /// Creates a stream for all epochs.
  ///
  /// - Parameters:
  ///   - images: epoch e takes copy e modulo the number of copies.
  ///   - softTargets: for these images; nil to train on labels alone.
  ///   - selection: the examples to take.
  ///   - labelMap: of the net; nil for one output per class. For a specialist, half of an epoch is the examples of
  ///     its special classes, each once, and the other half is drawn anew from the rest for each epoch (paper,
  ///     section 5.2).
  ///   - seed: of the order of examples.
  ///   - windowBytes: upper limit for images and soft targets of one window in bytes, but at least one shard.
  /// - Throws: `InputError.mismatch`, `.noLabels`, `.otherClasses`; `ParameterError.wrongValue` for a selection of
  ///   classes that the set does not have.
  package init(
    images: ImageSet, softTargets: SoftTargetSet?, selection: Selection = .init(),
    labelMap: LabelMap? = nil, seed: UInt64, windowBytes: Int = Self.windowBytes
  ) throws {
    // Column k of the soft targets and label k must be the same class; unlabelled images take the classes of the soft
    // targets.
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
    largestWindow = images.copies.map { plan.largestWindow($0) }.max() ?? 0
    largestShard = plan.largestShard(images.shards)
    isSmall = plan.windowCount(images.shards) == 1
  }

  /// Numbers in an example.
  package var inputs: Int { images.shape.count }
  /// Number of classes of the labels, or of the soft targets for an unlabelled set.
  package var classes: Int { labelMap.classes }
  /// Number of outputs that the net needs.
  package var outputs: Int { labelMap.outputs }
  /// Whether examples have labels.
  package var isLabelled: Bool { images.isLabelled }
  /// Number of times that windows have been planned.
  package var planCount: Int { planner.planCount }

  /// Number of windows in an epoch. Epoch e reads copy e modulo the number of copies.
  package func windowCount(epoch: Int) -> Int { windowCounts[epoch % windowCounts.count] }

  /// Cuts a window into batches whose sizes differ by at most one, so that no batch is a small remainder.
  package static func batches(examples: Int, batchSize: Int) -> [Range<Int>] {
    let count = (examples + batchSize - 1) / batchSize
    return (0..<count).map { examples * $0 / count..<examples * ($0 + 1) / count }
  }

  /// Reads a window.
  ///
  /// - Parameters:
  ///   - epoch: from 0 on.
  ///   - window: below `windowCount` of that epoch.
  ///   - threads: number of threads that are free for reading.
  ///   - cache: windows that are whole copies; nil to read the window anew.
  ///   - visit: called with the origins of each shard's selected examples, from any thread; not called for a window in
  ///     the cache.
  /// - Returns: the examples, and their order for this seed, epoch and window.
  /// - Throws: `StorageError`, `InputError` for damaged shards and for soft targets of other images;
  ///   `StageError.interrupted`.
  package func load(
    epoch: Int, window: Int, threads: Int = 1, cache: WindowCache? = nil,
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
    // Drawn by counter from epoch and window, so a training that resumes in the middle gets the same order.
    let order = CounterRandom(seed: seed, purpose: .exampleOrder).permutation(
      examples.count, UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: window))
    return Window(
      features: examples.features, labels: examples.labels, targets: examples.targets,
      order: labelMap.special == nil ? order : labelMap.halves(of: order, labels: examples.labels ?? []))
  }

  /// Reads the shards of a window and joins their soft targets.
  private func read(
    _ entries: [Manifest.Output], threads: Int, _ visit: @Sendable (RowOrigins) throws -> Void
  ) throws -> Examples {
    // Before the parallel part: otherwise all of its threads would wait for the one that computes the selection.
    let selected = try selectedExamples(threads: threads)
    // By position, not by order of completion: the bytes must not depend on the threads.
    let parts = try Processors.map(below: entries.count, threads: threads) { index in
      let shard = try images.read(entries[index])
      // Joined before rows are selected: row i of both files is the same image only while both are whole.
      let targets = try softTargets?.read(for: entries[index], images: shard, in: images).targets
      let rows = selected.rows(of: shard)
      try visit(rows.map { shard.origins.rows($0) } ?? shard.origins)
      return Examples(shard, targets, rows, labelMap)
    }
    return Examples(parts, shape: images.shape, element: images.element)
  }
}
