import Datasets
import Evaluation
import Networks
import Stage
import Storage

/// A training under way: its step, where it stands, and what it reads and writes.
final class TrainingRun {
  let training: Training
  let directory: OutputDirectory
  private let threads: Int
  private let team: ThreadTeam
  let step: TrainingStep
  /// Weights of the best epoch, where the training may end early.
  let best: FloatBuffer?
  let epochExamples: Int
  private let validation: ValidationExamples?
  private let log: EpochLog
  private var windows: WindowReader
  private var epochStart = (time: ContinuousClock.now, seen: 0)
  private(set) var lastLoss = 0.0
  private let health: TrainingHealth
  /// Of the set, for the checkpoints.
  private let summary: StreamSummary
  /// Added to a specialist's logits, [outputs].
  let prior: [Double]?
  /// Of the last window, for what is asked of the net at an epoch's end.
  private var sample: Features?
  private(set) var position: Checkpoint.Position

  /// Restores the last checkpoint, if there is one, and begins to read.
  ///
  /// - Parameters:
  ///   - training: whose run it is.
  ///   - directory: begun.
  ///   - attempt: to begin with, whatever the last checkpoint is of; nil to go on.
  ///   - threads: for the arithmetic.
  ///   - console: for the note that it goes on.
  ///   - observer: is told each epoch.
  /// - Throws: `StorageError`, `InputError`.
  init(
    _ training: Training, in directory: OutputDirectory, attempt: Int?, threads: Int, console: Console,
    observer: (any TrainingObserver)?
  ) throws {
    self.training = training
    self.directory = directory
    self.threads = threads
    // First what may be refused, then threads and buffers. What a checkpoint knows of the set is not read again.
    let checkpoint =
      attempt == nil ? try Self.checkpoint(of: training, directory, console) : nil
    epochExamples = try training.stream.epochExamples(threads: threads)
    validation = try training.validation.map { try ValidationExamples($0, threads: threads) }
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
    windows = WindowReader(
      training.stream, epochs: training.options.epochs, epoch: position.epoch, window: position.window,
      threads: threads
    ) { [validation, path = training.stream.images.path] in try validation?.checkApart(from: $0, path: path) }
    // For a run that goes on behind its last epoch, and still has to put a loss into the manifest.
    lastLoss = try log.begin(training.identity, after: position.epoch)?.loss ?? 0
    epochStart.seen = position.sums.examples
  }

  /// Ends its threads.
  func stop() { team.stop() }

  var stepCount: Int { step.stepCount }
  /// In all epochs so far.
  var imagesSeen: Int { position.epoch * epochExamples + position.sums.examples }
  /// Of the epoch so far.
  var lossText: String { "loss " + Format.significant(position.sums.meanLoss) }

  /// The next window, when it is there.
  ///
  /// - Throws: `StorageError`, `InputError`.
  func nextWindow() throws -> ExampleStream.Window { try windows.next() }

  /// The batches of a window that are still to come, as ranges of its order.
  func batches(of window: ExampleStream.Window) -> ArraySlice<Range<Int>> {
    let all = ExampleStream.batches(examples: window.order.count, batchSize: training.options.batchSize)
    return all[min(position.batch, all.count)...]
  }

  /// One step.
  ///
  /// - Parameters:
  ///   - range: of the window's order.
  ///   - window: of which it is.
  /// - Throws: `TrainingError.diverged`, `.exploded`.
  func advance(on range: Range<Int>, of window: ExampleStream.Window) throws {
    // Dropout is drawn by the example's place in the epoch, so a run that goes on draws the same.
    let batch = Batch(
      features: window.features, labels: window.labels, targets: window.targets, rows: window.order[range],
      epoch: position.epoch, firstExample: position.sums.examples)
    let report = step.advance(on: batch, learningRate: learningRate)
    // At once: every later step would only spread what is no number.
    guard report.loss.isFinite, report.squaredGradient.isFinite else { throw diverged }
    try health.check(report, epoch: position.epoch, step: step.stepCount)
    position.sums.add(report)
    position.batch += 1
  }

  /// The window is done.
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
    // By examples and not by steps: the batches of a window are a little smaller than asked for.
    let epochs = Double(position.epoch) + Double(position.sums.examples) / Double(epochExamples)
    let rate = training.options.rates.rate(at: epochs / Double(training.options.epochs))
    // By powers of two, which are exact.
    return rate / Float(1 << position.attempt)
  }

  /// Writes the state to the directory.
  ///
  /// - Throws: `StorageError`.
  func saveCheckpoint() throws {
    try Checkpoint.write(
      step, best: best, summary, at: position, identity: training.identity, directory: directory.directory)
  }

  /// Validates, and appends a line to the log.
  ///
  /// - Returns: the line.
  /// - Throws: `TrainingError`; `StageError.interrupted`; `StorageError`.
  func endEpoch() throws -> TrainingLogEntry {
    let sums = position.sums
    lastLoss = sums.meanLoss
    // A unit that is not a number counts as zero, so the loss alone does not show every divergence.
    guard lastLoss.isFinite, step.network.parameters.isFinite else { throw diverged }
    // First, because a smaller rate may save a dead net, and one at chance it may not.
    let deadUnits = try deadUnits()
    try health.check(sums, epoch: position.epoch, step: step.stepCount)
    let seconds = (ContinuousClock.now - epochStart.time).seconds
    let validation = try validate()
    let epoch = position.epoch + 1
    if let best, let validation, position.best.improve(validation.errors, epoch: epoch) {
      best.copy(from: step.average ?? step.network.parameters)
    }
    position = Checkpoint.Position(attempt: position.attempt, epoch: epoch, best: position.best)
    if isStopped || epoch == training.options.epochs {
      try health.checkEnd(sums, epoch: epoch - 1, step: step.stepCount)
    }
    let entry = TrainingLogEntry(
      training: training.identity, epoch: epoch, step: step.stepCount, sums: sums, deadUnits: deadUnits,
      imagesPerSecond: Double(sums.examples - epochStart.seen) / max(1e-9, seconds),
      validation: validation)
    // A kill from here to the next checkpoint leaves this line without its state, and the next run drops it.
    try log.append(entry)
    epochStart = (.now, 0)
    return entry
  }

  /// Of each hidden layer, by the weights of the moment.
  ///
  /// - Throws: `TrainingError.dead`.
  private func deadUnits() throws -> [Double] {
    if sample == nil {
      // A run that goes on behind the epoch's last window.
      keepSample(
        of: try training.stream.load(epoch: position.epoch, window: position.window - 1, threads: threads))
    }
    guard let sample else { return [] }
    return try health.deadUnits(of: folded(step.network.parameters), sample, epoch: position.epoch)
  }

  private func validate() throws -> Evaluation? {
    guard let validation else { return nil }
    do {
      // The average, where there is one: what is judged is what will be saved.
      let predictor = NetworkPredictor(current, labelMap: labelMap, path: directory.output)
      return try Evaluator(predictor).evaluate(
        shardCount: validation.shardCount, threads: threads, read: { try validation.shard($0) })
    } catch InputError.notFinite {
      throw diverged
    }
  }

  /// Whether the validation errors have not become fewer for long enough.
  var isStopped: Bool {
    let patience = training.options.earlyStopping
    return patience > 0 && position.epoch - position.best.epoch >= patience
  }

  /// The network of the moment: of the average of the weights, or the last ones.
  var current: Network { folded(step.average ?? step.network.parameters) }

  /// The net of some weights, for raw pixels, and for classes that are as frequent as they are.
  func folded(_ parameters: FloatBuffer) -> Network {
    let network = Network(
      folding: parameters, training.architecture, step.normalization,
      inputScale: training.stream.images.element.scale)
    return prior.map { network.addingToLogits($0) } ?? network
  }
}
