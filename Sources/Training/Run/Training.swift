import Datasets
import Networks
import Stage
import Storage

/// One training, from its first epoch to a finished directory; the work of teachers and students alike.
package struct Training {
  private static let arithmeticVersion = 6
  /// How often a training that breaks down begins again, each time at half the rate.
  private static let lastAttempt = 5

  /// What the directory is going to be.
  package let plan: Plan
  let stream: ExampleStream
  let validation: ImageSet?
  let objective: any Objective
  let options: TrainingOptions
  let architecture: Architecture
  /// Where the weights begin; nil for random ones.
  let start: Network?
  /// What the model is for.
  let role: ModelRole

  /// Plans a training.
  ///
  /// - Parameters:
  ///   - stage: name of the program, for the manifest.
  ///   - role: what the model is for.
  ///   - stream: what is learnt from, and what the outputs stand for.
  ///   - validation: evaluated after each epoch; without early stopping it does not affect the model.
  ///   - objective: what is minimised.
  ///   - options: what shapes the training.
  ///   - start: the model to begin with, whose shape is then that of the net; of a specialist, a generalist.
  ///   - others: inputs beside those that are known here.
  ///   - parameters: what shapes the result beside `options`, as the manifest is to keep it.
  /// - Throws: `InputError.mismatch` for other validation images, `.wrongModel` for a start of another shape;
  ///   `ParameterError.missing` for early stopping without validation images.
  package init(
    stage: String, role: ModelRole, stream: ExampleStream, validation: ImageSet?, objective: any Objective,
    options: TrainingOptions, start: Model? = nil, inputs others: [Plan.Input] = [],
    parameters: [String: JSONValue] = [:]
  ) throws {
    self.stream = stream
    self.validation = try validation?.matched(to: stream.images, labels: stream.labelMap)
    self.objective = objective
    self.role = role
    // The start decides the shape, so that its hidden layers stand in the manifest.
    var options = options
    if let start {
      try start.expect(inputs: stream.inputs, labels: stream.labelMap, of: stream.images.path)
      options.hidden = Array(start.network.architecture.sizes.dropFirst().dropLast())
    }
    self.start =
      stream.labelMap.special == nil ? start?.network : start?.network.specialized(stream.labelMap)
    self.options = options
    try options.check()
    architecture = Architecture(sizes: [stream.inputs] + options.hidden + [stream.outputs])
    // The validation set is not among them where it judges the model and changes no byte of it.
    var inputs = [Plan.Input(name: "images", stream.images.directory)]
    if let softTargets = stream.softTargets {
      inputs.append(.init(name: "soft-targets", softTargets.directory))
    }
    if options.earlyStopping > 0 {
      guard let validation else {
        throw ParameterError.missing(
          parameter: "validation", expected: "a set of examples, as the training is to end early")
      }
      // Here it decides which weights are saved.
      inputs.append(.init(name: "validation", validation.directory))
    }
    if let start { inputs.append(.init(name: "init", digest: start.source.digest, path: start.source.path)) }
    inputs += others
    let parameters = options.parameters.merging(stream.selection.parameters) { own, _ in own }
      .merging(parameters) { own, _ in own }
    let identities = IdentityMaker(
      .model, role: role, arithmeticVersion: Self.arithmeticVersion, parameters: parameters)
    plan = Plan(
      kind: .model, role: role, stage: stage, arithmeticVersion: Self.arithmeticVersion,
      parameters: parameters,
      inputs: inputs, outputs: [identities.output(Network.fileName, inputs: inputs.map(\.digest))],
      scratch: [Checkpoint.fileName])
  }

  /// Of the model.
  package var identity: Digest { plan.outputs[0].identity }

  /// The net, such as `784-1200-1200-10`.
  package var architectureName: String { architecture.name }

  /// Sets of weights beside those that are trained: their average, and the best so far.
  private var keptWeights: Int { (options.averageWeights > 0 ? 1 : 0) + (options.earlyStopping > 0 ? 1 : 0) }

  /// Bytes on disk at the worst moment: the model, and two checkpoints while one replaces the other.
  package var largestBytes: Int {
    let buffers = 1 + 2 * (1 + options.step.optimizer.stateCount + keptWeights)
    return architecture.parameterCount * MemoryLayout<Float>.stride * buffers
  }

  /// Bytes of memory for the weights and what the optimiser keeps of them; the batch's activations are small beside.
  private var memoryBytes: Int {
    let buffers = 2 + options.step.optimizer.stateCount + 2 * keptWeights
    return architecture.bufferCount * MemoryLayout<Float>.stride * buffers
  }

  /// Takes from the checkpoint of an earlier run what else would be read from the set, where that is much.
  ///
  /// - Parameter directory: of the training.
  package func recall(in directory: OutputDirectory) {
    guard !stream.selection.isAll || stream.labelMap.special != nil else { return }
    // What is damaged is said when the training goes on.
    let checkpoint = try? Checkpoint.read(identity: identity, directory: directory.directory)
    _ = (checkpoint ?? nil).map { stream.restore($0.summary) }
  }

  /// Examples in an epoch.
  ///
  /// - Throws: as `ExampleStream.epochExamples`.
  package func epochExamples(threads: Int) throws -> Int { try stream.epochExamples(threads: threads) }

  /// Images that the training sees in all its epochs.
  ///
  /// - Throws: as `ExampleStream.epochExamples`.
  package func totalImages(threads: Int) throws -> Int {
    try options.epochs * epochExamples(threads: threads)
  }

  /// Trains, from the last checkpoint if there is one, and finishes the directory.
  ///
  /// - Parameters:
  ///   - directory: begun.
  ///   - name: set before the notes of an epoch.
  ///   - threads: of which nothing in the result depends.
  ///   - progress: of `totalImages` images, and those of other trainings beside it.
  ///   - console: for the notes.
  ///   - observer: is told each epoch.
  /// - Returns: the manifest.
  /// - Throws: `TrainingError`; `StageError.interrupted` after writing a checkpoint; `StorageError`,
  ///   `InputError`.
  package func train(
    into directory: OutputDirectory, name: String, threads: Int, progress: ProgressMeter, console: Console,
    observer: (any TrainingObserver)? = nil
  ) throws -> Manifest {
    try SystemMemory.require(memoryBytes, for: architectureName)
    var attempt: Int?
    while true {
      let run = try TrainingRun(
        self, in: directory, attempt: attempt, threads: threads, console: console, observer: observer)
      defer { run.stop() }
      progress.skip(run.imagesSeen)
      do {
        return try train(run, name: name, progress: progress, console: console)
      } catch let fault as TrainingError where fault.isOfLargeSteps && run.position.attempt < Self.lastAttempt
      {
        console.warn("\(name): \(fault.description); begins again at half the rate")
        progress.skip(-run.imagesSeen)
        attempt = run.position.attempt + 1
      }
    }
  }

  private func train(_ run: TrainingRun, name: String, progress: ProgressMeter, console: Console) throws
    -> Manifest
  {
    do {
      for epoch in run.position.epoch..<options.epochs {
        guard !run.isStopped else { break }
        // A run that goes on begins within an epoch, and within a window.
        for _ in run.position.window..<stream.windowCount(epoch: epoch) {
          let window = try run.nextWindow()
          for batch in run.batches(of: window) {
            try Interruption.check()
            try run.advance(on: batch, of: window)
            progress.advance(
              by: batch.count, detail: ", epoch \(epoch + 1)/\(options.epochs), \(run.lossText)")
            if run.stepCount % options.checkpointEvery == 0 { try run.saveCheckpoint() }
          }
          run.endWindow(window)
        }
        let entry = try run.endEpoch()
        console.note("\(name): epoch \(epoch + 1)/\(options.epochs), \(entry.text)")
        if run.isStopped {
          console.note("\(name): ends early; epoch \(run.position.best.epoch) was the best")
        }
      }
    } catch let stop as StageError {
      // Wherever the signal came, between two steps or in the validation, no step is lost.
      if case .interrupted = stop { try run.saveCheckpoint() }
      throw stop
    }
    return try run.finish()
  }
}

extension TrainingLogEntry {
  /// For people.
  fileprivate var text: String {
    let errors = validationErrors.map { ", validation errors \($0) of \(validationExamples ?? 0)" } ?? ""
    return "loss \(Format.significant(loss))\(errors)"
  }
}
