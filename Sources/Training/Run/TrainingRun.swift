import Datasets
import Evaluation
import Machine
import Networks
import Stage
import Storage

/// A training in progress: its step, its position, the windows that it reads and the files that it writes.
final class TrainingRun {
  let training: Training
  let directory: OutputDirectory
  private let threads: Int
  private let team: ThreadTeam
  let step: TrainingStep
  /// Weights of the best epoch; nil without early stopping.
  let best: FloatBuffer?
  let epochExamples: Int
  private let validation: ValidationExamples?
  private let log: EpochLog
  private var windows: WindowReader
  private var epochStart = (time: ContinuousClock.now, seen: 0)
  private(set) var lastLoss = 0.0
  private let health: TrainingHealth
  /// Statistics of the training set, for the checkpoints.
  private let summary: StreamSummary
  /// Added to a specialist's logits, [outputs].
  let prior: [Double]?
  /// [sampleSize, inputs], from the last window of the epoch, to count dead units at its end.
  private var sample: Features?
  private(set) var position: Checkpoint.Position

  /// Restores the last checkpoint, if there is one, and begins to read.
  ///
  /// - Parameters:
  ///   - training: the plan.
  ///   - directory: the output directory, already begun.
  ///   - attempt: number of the restart, which ignores any checkpoint; nil to resume.
  ///   - threads: number of threads; does not change the result.
  ///   - budget: memory, beside what the training needs in any case.
  ///   - console: for the note that the training resumes.
  ///   - observer: receives the log entry of each epoch.
  /// - Throws: `StorageError`, `InputError`; `StageError.interrupted`.
  init(
    _ training: Training, in directory: OutputDirectory, attempt: Int?, threads: Int, budget: MemoryBudget,
    console: Console, observer: (any TrainingObserver)?
  ) throws {
    self.training = training
    self.directory = directory
    self.threads = threads
    // Inputs that may be refused come first, threads and buffers after them. The checkpoint comes before all: its
    // statistics spare the next calls a pass over the set.
    let checkpoint =
      attempt == nil ? try Self.checkpoint(of: training, directory, console) : nil
    epochExamples = try training.stream.epochExamples(threads: threads)
    var budget = budget
    validation = try training.validation.map {
      try ValidationExamples($0, threads: threads, budget: &budget)
    }
    summary = try training.stream.summary(threads: threads)
    health = TrainingHealth(
      examples: epochExamples, mostFrequent: try training.stream.mostFrequent(threads: threads))
    prior = try training.prior(threads: threads)
    team = ThreadTeam(threads: threads)
    step = training.makeStep(InputNormalization(summary.statistics), team)
    best =
      training.options.earlyStopping > 0 ? FloatBuffer(count: training.architecture.bufferCount) : nil
    var restored: Checkpoint.Position?
    if let checkpoint {
      restored = try Self.restore(checkpoint, step, best, training, epochExamples, directory, console)
    }
    position = restored ?? Checkpoint.Position(attempt: attempt ?? 0)
    log = EpochLog(directory: directory.directory, observer: observer)
    // From here on a thread reads ahead. It checks that no training image, distorted or not, is in the validation set.
    windows = WindowReader(
      training.stream, epochs: training.options.epochs, epoch: position.epoch, window: position.window,
      threads: threads, budget: &budget
    ) { [validation, path = training.stream.images.path] in try validation?.checkApart(from: $0, path: path) }
    // A run that was stopped after its last epoch trains no more, but still needs a loss for the manifest.
    lastLoss = try log.begin(training.identity, after: position.epoch)?.loss ?? 0
    epochStart.seen = position.sums.examples
  }

  /// Ends its threads.
  func stop() { team.stop() }

  var stepCount: Int { step.stepCount }
  /// Images of all epochs so far.
  var imagesSeen: Int { position.epoch * epochExamples + position.sums.examples }
  /// Mean loss of the epoch so far.
  var lossText: String { "loss " + Format.significant(position.sums.meanLoss) }

  /// Waits for the next window.
  ///
  /// - Throws: `StorageError`, `InputError`, among them `InputError.shared` for an image of the validation set.
  func nextWindow() throws -> ExampleStream.Window { try windows.next() }

  /// The remaining batches of a window, as ranges of its `order`.
  func batches(of window: ExampleStream.Window) -> ArraySlice<Range<Int>> {
    let all = ExampleStream.batches(examples: window.order.count, batchSize: training.options.batchSize)
    return all[min(position.batch, all.count)...]
  }

  /// Makes one step.
  ///
  /// - Parameters:
  ///   - range: positions of the batch in the window's `order`.
  ///   - window: the examples.
  /// - Throws: `TrainingError.diverged`, `.exploded`.
  func advance(on range: Range<Int>, of window: ExampleStream.Window) throws {
    // Dropout masks are drawn by counter from the example's place in the epoch, so a resumed run draws the same.
    let batch = Batch(
      features: window.features, labels: window.labels, targets: window.targets, rows: window.order[range],
      epoch: position.epoch, firstExample: position.sums.examples)
    let report = step.advance(on: batch, learningRate: learningRate)
    // Stop at once: later steps would only spread the NaN.
    guard report.loss.isFinite, report.squaredGradient.isFinite else { throw diverged }
    try health.check(report, epoch: position.epoch, step: step.stepCount)
    position.sums.add(report)
    position.batch += 1
  }

  /// Moves the position to the next window.
  func endWindow(_ window: ExampleStream.Window) {
    position.window += 1
    position.batch = 0
    if position.window == training.stream.windowCount(epoch: position.epoch) { keepSample(of: window) }
  }

  private func keepSample(of window: ExampleStream.Window) {
    sample = window.features.rows(window.order.prefix(TrainingHealth.sampleSize).map { Int($0) })
  }

  var diverged: TrainingError { .diverged(epoch: position.epoch + 1, step: step.stepCount) }

  private var learningRate: Float {
    // By examples, not by steps: a window is cut into batches of nearly equal size, so their number varies.
    let epochs = Double(position.epoch) + Double(position.sums.examples) / Double(epochExamples)
    let rate = training.options.rates.rate(at: epochs / Double(training.options.epochs))
    // Division by a power of two is exact.
    return rate / Float(1 << position.attempt)
  }

  /// Writes the checkpoint.
  ///
  /// - Throws: `StorageError`.
  func saveCheckpoint() throws {
    try Checkpoint.write(
      step, best: best, summary, at: position, identity: training.identity, directory: directory.directory)
  }

  /// Checks the net, evaluates it on the validation set and appends a line to the log.
  ///
  /// - Returns: the line.
  /// - Throws: `TrainingError`; `StageError.interrupted`; `StorageError`, `InputError`.
  func endEpoch() throws -> TrainingLogEntry {
    let sums = position.sums
    lastLoss = sums.meanLoss
    // ReLU turns NaN into 0, so the loss alone does not show every divergence: check the weights too.
    guard lastLoss.isFinite, step.network.parameters.isFinite else { throw diverged }
    // Before the other checks: a dead layer calls for a restart at a lower rate, and a net at chance ends the training.
    let deadUnits = try deadUnits()
    try health.check(sums, epoch: position.epoch, step: step.stepCount)
    let seconds = (ContinuousClock.now - epochStart.time).seconds
    let validation = try validate()
    let epoch = position.epoch + 1
    if let best, let validation, position.best.improve(validation.errors, epoch: epoch) {
      best.copy(from: step.average ?? step.network.parameters)
    }
    // Only now: a signal during validation leaves a checkpoint before it, and the resumed run validates again.
    position = Checkpoint.Position(attempt: position.attempt, epoch: epoch, best: position.best)
    if isStopped || epoch == training.options.epochs {
      try health.checkEnd(sums, epoch: epoch - 1, step: step.stepCount)
    }
    let entry = TrainingLogEntry(
      training: training.identity, epoch: epoch, step: step.stepCount, sums: sums, deadUnits: deadUnits,
      imagesPerSecond: Double(sums.examples - epochStart.seen) / max(1e-9, seconds),
      validation: validation)
    // A kill between here and the next checkpoint leaves a line of an epoch that is trained again; `EpochLog.begin`
    // drops it.
    try log.append(entry)
    epochStart = (.now, 0)
    return entry
  }

  /// Share of dead units in each hidden layer, with the current weights.
  ///
  /// - Throws: `TrainingError.dead`; as `ExampleStream.load`.
  private func deadUnits() throws -> [Double] {
    if sample == nil {
      // The run was resumed after the epoch's last window, so the sample has to be read again.
      keepSample(
        of: try training.stream.load(epoch: position.epoch, window: position.window - 1, threads: threads))
    }
    guard let sample else { return [] }
    return try health.deadUnits(of: folded(step.network.parameters), sample, epoch: position.epoch)
  }

  private func validate() throws -> Evaluation? {
    guard let validation else { return nil }
    do {
      // With the EMA of the weights, if it is on: the weights that are validated are those that are saved.
      let predictor = NetworkPredictor(current, labelMap: labelMap, path: directory.output)
      return try Evaluator(predictor).evaluate(
        shardCount: validation.shardCount, threads: threads, read: { try validation.shard($0) })
    } catch InputError.notFinite {
      throw diverged
    }
  }

  /// Whether early stopping ends the training: no fewer validation errors for `earlyStopping` epochs.
  var isStopped: Bool {
    let patience = training.options.earlyStopping
    return patience > 0 && position.epoch - position.best.epoch >= patience
  }

  /// The network with the EMA of the weights, or, without EMA, the last weights.
  var current: Network { folded(step.average ?? step.network.parameters) }

  /// The network for raw pixels: input normalisation is folded into the first layer, and a specialist's prior, which
  /// undoes the oversampling of its special classes, into the last biases (paper, section 5.2).
  func folded(_ parameters: FloatBuffer) -> Network {
    let network = Network(
      folding: parameters, training.architecture, step.normalization,
      inputScale: training.stream.images.element.scale)
    return prior.map { network.addingToLogits($0) } ?? network
  }
}
