import Datasets
import Machine
import Networks
import Stage
import Storage

/// One training, from its first epoch to a finished directory; teachers, students and specialists share it.
package struct Training {
  private static let arithmeticVersion = 6
  /// Restarts of a training that diverges, each at half the previous learning rate: at the last, 1/32 of the peak.
  private static let lastAttempt = 5

  /// The output directory: its parameters, inputs and files.
  package let plan: Plan
  let stream: ExampleStream
  let validation: ImageSet?
  let objective: any Objective
  let options: TrainingOptions
  let architecture: Architecture
  /// The initial weights; nil for random ones.
  let start: Network?
  /// Teacher, student, baseline or specialist.
  let role: ModelRole

  /// Plans a training.
  ///
  /// - Parameters:
  ///   - stage: name of the program, for the manifest.
  ///   - role: teacher, student, baseline or specialist.
  ///   - stream: the examples, their soft targets and the classes of the outputs.
  ///   - validation: evaluated after each epoch; without early stopping it does not affect the model.
  ///   - objective: the loss.
  ///   - options: the hyper-parameters.
  ///   - start: the model with the initial weights, which also sets the hidden layers; for a specialist, a generalist.
  ///   - others: further inputs for the manifest.
  ///   - parameters: further parameters for the manifest that affect the result.
  /// - Throws: `InputError.mismatch` or `.otherClasses` for validation images that do not match the training images;
  ///   `.wrongModel`, `.specialist` or `.otherClasses` for a start that does not fit them; `ParameterError.missing` for
  ///   early stopping without validation images, `.wrongValue` for options that contradict each other.
  package init(
    stage: String, role: ModelRole, stream: ExampleStream, validation: ImageSet?, objective: any Objective,
    options: TrainingOptions, start: Model? = nil, inputs others: [Plan.Input] = [],
    parameters: [String: JSONValue] = [:]
  ) throws {
    self.stream = stream
    self.validation = try validation?.matched(to: stream.images, labels: stream.labelMap)
    self.objective = objective
    self.role = role
    // The hidden layers of the start replace those of the options, so that the manifest records the real ones.
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
    // The validation set is an input only with early stopping: otherwise no byte of the model depends on it, and
    // another validation set must not make the model stale.
    var inputs = [Plan.Input(name: "images", stream.images.directory)]
    if let softTargets = stream.softTargets {
      inputs.append(.init(name: "soft-targets", softTargets.directory))
    }
    if options.earlyStopping > 0 {
      guard let validation else {
        throw ParameterError.missing(
          parameter: "validation", expected: "a set of examples, as the training is to end early")
      }
      // Its error count decides which weights are saved.
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

  /// Identity of the model: a digest of parameters and inputs.
  package var identity: Digest { plan.outputs[0].identity }

  /// The net, such as `784-1200-1200-10`.
  package var architectureName: String { architecture.name }

  /// Copies of the weights beside those in training: their EMA, and the best epoch's.
  var keptWeights: Int { (options.averageWeights > 0 ? 1 : 0) + (options.earlyStopping > 0 ? 1 : 0) }

  /// Peak bytes on disk: the model, and two checkpoints while one replaces the other.
  package var largestBytes: Int {
    let buffers = 1 + 2 * (1 + options.step.optimizer.stateCount + keptWeights)
    return architecture.parameterCount * MemoryLayout<Float>.stride * buffers
  }

  /// Restores the statistics of the training set from a checkpoint, if computing them would read the whole set.
  ///
  /// - Parameter directory: output directory of the training.
  package func recall(in directory: OutputDirectory) {
    // Otherwise the manifest tells how many examples an epoch has.
    guard !stream.selection.isAll || stream.labelMap.special != nil else { return }
    // A damaged checkpoint is ignored here: the training itself warns of it when it tries to resume.
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
  ///   - directory: the output directory, already begun.
  ///   - name: prefix of the note after each epoch.
  ///   - threads: number of threads; does not change the result.
  ///   - progress: advanced by one for each image; several trainings may share it.
  ///   - console: for notes and warnings.
  ///   - observer: receives the log entry of each epoch.
  ///   - budget: memory; the training's share is free again at its end.
  /// - Returns: the manifest.
  /// - Throws: `MachineError`; `TrainingError` after the last restart; `StageError.interrupted` after writing a
  ///   checkpoint; `StorageError`, `InputError`.
  package func train(
    into directory: OutputDirectory, name: String, threads: Int, progress: ProgressMeter, console: Console,
    observer: (any TrainingObserver)? = nil, budget: MemoryBudget = .ofProgram
  ) throws -> Manifest {
    var rest = budget
    try rest.take(neededBytes(threads: threads), for: architectureName)
    var attempt: Int?
    while true {
      // All that a run holds, windows and caches too, ends with it: other trainings may follow.
      let run = try TrainingRun(
        self, in: directory, attempt: attempt, threads: threads, budget: rest, console: console,
        observer: observer)
      defer { run.stop() }
      progress.skip(run.imagesSeen)
      do {
        return try train(run, name: name, progress: progress, console: console)
      } catch let fault as TrainingError where fault.isOfLargeSteps && run.position.attempt < Self.lastAttempt
      {
        console.warn("\(name): \(fault.description); begins again at half the rate")
        // The restart trains on the same images again: take back what the failed attempt has counted.
        progress.skip(-run.imagesSeen)
        // Counted from the checkpoint's number, so a killed run does not get its restarts back.
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
        // A resumed run starts inside an epoch, and inside a window.
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
      // A signal between two steps or during validation loses no step; the step itself is never interrupted.
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
