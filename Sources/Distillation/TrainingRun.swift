import Datasets
import Networks
import Stage
import Storage

/// A training under way: its step, where it stands, and what it reads and writes.
final class TrainingRun {
  private let training: Training
  private let directory: OutputDirectory
  private let threads: Int
  private let team: ThreadTeam
  private let step: TrainingStep
  /// Weights of the best epoch, where the training may end early.
  private let best: FloatBuffer?
  private let epochExamples: Int
  private let validation: ValidationExamples?
  private let log: EpochLog
  private var windows: WindowReader
  private var epochStart = (time: ContinuousClock.now, seen: 0)
  private var lastLoss = 0.0
  private let health: TrainingHealth
  /// Added to a specialist's logits, [outputs].
  private let prior: [Double]?
  /// Of the last window, for what is asked of the net at an epoch's end.
  private var sample: [UInt8] = []
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
    // First what may be refused, then threads and buffers.
    epochExamples = try training.stream.epochExamples(threads: threads)
    validation = try training.validation.map { try ValidationExamples($0, threads: threads) }
    let statistics = try training.stream.statistics(threads: threads)
    health = TrainingHealth(
      examples: epochExamples, mostFrequent: try training.stream.mostFrequent(threads: threads))
    prior = try training.prior(threads: threads)
    team = ThreadTeam(threads: threads)
    step = training.makeStep(InputNormalization(statistics), team)
    best =
      training.options.earlyStopping > 0 ? FloatBuffer(count: training.architecture.bufferCount) : nil
    if let attempt {
      position = Checkpoint.Position(attempt: attempt)
    } else {
      position =
        try Self.restore(step, best, training, epochExamples, directory, console) ?? Checkpoint.Position()
    }
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
      images: window.images, labels: window.labels, targets: window.targets, rows: window.order[range],
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
    let inputs = training.architecture.inputs
    sample = window.order.prefix(TrainingHealth.sampleSize).flatMap {
      window.images[Int($0) * inputs..<(Int($0) + 1) * inputs]
    }
  }

  private var diverged: TrainingError { .diverged(epoch: position.epoch + 1, step: step.stepCount) }

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
      step, best: best, at: position, identity: training.identity, directory: directory.directory)
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
    if sample.isEmpty {
      // A run that goes on behind the epoch's last window.
      keepSample(
        of: try training.stream.load(epoch: position.epoch, window: position.window - 1, threads: threads))
    }
    return try health.deadUnits(of: folded(step.network.parameters), sample, epoch: position.epoch)
  }

  private func validate() throws -> Evaluation? {
    guard let validation else { return nil }
    do {
      // The average, where there is one: what is judged is what will be saved.
      let map = training.stream.outputMap
      return try Evaluator(ModelPredictor([current], paths: [directory.output])).evaluate(
        shardCount: validation.shardCount, classes: map.count, threads: threads,
        read: { map.applied(to: try validation.shard($0)) })
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
  private var current: Network { folded(step.average ?? step.network.parameters) }

  /// The net of some weights, for raw pixels, and for classes that are as frequent as they are.
  private func folded(_ parameters: FloatBuffer) -> Network {
    let network = Network(folding: parameters, training.architecture, step.normalization)
    return prior.map { network.addingToLogits($0) } ?? network
  }

  /// Publishes the model and finishes the directory.
  ///
  /// - Throws: `StorageError`; `TrainingError.diverged` for a model whose activations may overflow.
  func finish() throws -> Manifest {
    let result = best.map { folded($0) } ?? current
    // A sum that overflows is no number, which a unit takes for zero: the loss does not show it.
    guard result.isSafeFromOverflow else { throw diverged }
    let words = ImageWords(training.stream.images).metadata
    let bytes = try result.file(
      metadata: words.merging(["identity": training.identity.hex]) { $1 }, specialty: training.specialty)
    directory.adopt([try directory.publisher.publish(bytes, at: 0)])
    return try directory.finish { [training, epochExamples, step, results] _ in
      (
        [
          "examples": epochExamples, "steps": step.stepCount,
          "parameters": training.architecture.parameterCount, "classes": training.architecture.classes,
          "inputs": training.architecture.inputs,
        ],
        results
      )
    }
  }

  private var results: [String: JSONValue] {
    var results = [
      "loss": JSONValue(lastLoss),
      "peakRate": JSONValue(training.options.peakRate / Double(1 << position.attempt)),
    ]
    if best != nil { results["bestEpoch"] = JSONValue(position.best.epoch) }
    if let prior { results["prior"] = JSONValue(prior) }
    return results
  }
}
