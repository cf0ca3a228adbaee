import Datasets
import Networks
import Stage
import Storage

/// One training from its first epoch to a finished directory; the work of `dk-teach` and `dk-distill`.
package struct Training {
  private static let arithmeticVersion = 3

  package let plan: Plan
  private let stream: TransferStream
  private let validation: ImageSet?
  private let objective: any Objective
  private let options: TrainingOptions
  private let architecture: Architecture

  /// - Parameters:
  ///   - parameters: what shapes the result beside `options`, as the manifest is to keep it.
  ///   - validation: evaluated after each epoch.
  /// - Throws: `DatasetError.imagesDiffer`, `.otherClasses` for other validation images.
  package init(
    stage: String, stream: TransferStream, validation: ImageSet?, objective: any Objective,
    options: TrainingOptions, parameters: [String: JSONValue] = [:]
  ) throws {
    self.stream = stream
    self.validation = validation
    self.objective = objective
    self.options = options
    let images = stream.images
    if let validation {
      try validation.expect(rows: images.rows, columns: images.columns, classes: images.classes)
    }
    architecture = Architecture(sizes: [images.pixels] + options.hidden + [images.classes])
    var inputs = [Plan.Input(name: "images", images.whole)]
    if let softTargets = stream.softTargets {
      inputs.append(Plan.Input(name: "soft-targets", softTargets.whole))
    }
    if let validation { inputs.append(Plan.Input(name: "validation", validation.whole)) }
    let parameters = options.parameters.merging(parameters) { own, _ in own }
    let identity = try CanonicalJSON.digest(of: [
      "stage": JSONValue(stage), "arithmeticVersion": JSONValue(Self.arithmeticVersion),
      "parameters": .object(parameters),
      "inputs": .array(inputs.map { .array([JSONValue($0.name), JSONValue($0.digest.hex)]) }),
    ])
    plan = Plan(
      stage: stage, arithmeticVersion: Self.arithmeticVersion, parameters: parameters, inputs: inputs,
      outputs: [.init(path: Network.fileName, identity: identity)], scratch: [Checkpoint.fileName])
  }

  /// The net, such as `784-1200-1200-10`.
  package var architectureName: String { architecture.name }

  /// Examples in an epoch.
  package var examples: Int { stream.images.examplesPerCopy }

  /// Bytes on disk at the worst moment: the model, and two checkpoints while one replaces the other.
  package var largestBytes: Int {
    let buffers = 1 + 2 * (1 + options.step.optimizer.stateCount + (options.averageWeights > 0 ? 1 : 0))
    return architecture.bufferCount * MemoryLayout<Float>.stride * buffers
  }

  /// Images that the training sees in all its epochs.
  package var totalImages: Int { options.epochs * examples }

  /// Trains, from the last checkpoint if there is one, and finishes the directory.
  ///
  /// - Parameters:
  ///   - name: set before the notes of an epoch.
  ///   - progress: of `totalImages` images, and those of other trainings beside it.
  /// - Returns: the manifest.
  /// - Throws: `NetworkError.diverged`; `StageError.interrupted` after writing a checkpoint; `StorageError`.
  package func run(
    _ work: Work, name: String, threads: Int, progress: ProgressMeter, console: Console
  ) throws -> Manifest {
    let team = ThreadTeam(threads: threads)
    defer { team.stop() }
    let step = makeStep(team)
    let identity = plan.outputs[0].identity
    var position = Checkpoint.Position()
    if let restored = try restore(step, work, identity, console) {
      position = restored
      console.note("\(work.directory): goes on in epoch \(position.epoch + 1), step \(step.stepCount + 1)")
    }
    let log = StageLog(directory: work.directory)
    let epochExamples = stream.images.examplesPerCopy
    progress.skip(position.epoch * epochExamples + position.examplesSeen)
    var windows = WindowReader(
      stream, epochs: options.epochs, epoch: position.epoch, window: position.window, threads: threads)
    var results: [String: JSONValue] = [:]
    while position.epoch < options.epochs {
      let epochStart = (time: ContinuousClock.now, seen: position.examplesSeen)
      let windowCount = stream.windows(epoch: position.epoch).count
      while position.window < windowCount {
        let window = try windows.next()
        try train(step, on: window, &position, work: work, progress: progress)
        position.window += 1
        position.batch = 0
      }
      let loss = position.lossSum / Double(position.examplesSeen)
      // A unit that is not a number counts as zero, so the loss alone does not show every divergence.
      guard loss.isFinite, step.network.parameters.isFinite else {
        throw NetworkError.diverged(epoch: position.epoch + 1, step: step.stepCount)
      }
      results["loss"] = JSONValue(loss)
      var entry: [String: JSONValue] = [
        "epoch": JSONValue(position.epoch + 1), "step": JSONValue(step.stepCount), "loss": JSONValue(loss),
        "learningRate": JSONValue(Double(options.rates.rate(at: progressShare(position)))),
        "imagesPerSecond": JSONValue(
          Double(position.examplesSeen - epochStart.seen)
            / max(1e-9, (ContinuousClock.now - epochStart.time).seconds)),
      ]
      var text =
        "\(name): epoch \(position.epoch + 1)/\(options.epochs), loss "
        + Format.significant(loss)
      if let validation {
        let evaluation = try Evaluation.run([result(of: step)], on: validation, threads: threads)
        results["validationErrors"] = JSONValue(evaluation.errors)
        results["validationExamples"] = JSONValue(evaluation.examples)
        entry["validationErrors"] = JSONValue(evaluation.errors)
        text += ", validation errors \(evaluation.errors) of \(evaluation.examples)"
      }
      try log.append(entry)
      console.note(text)
      position = Checkpoint.Position(epoch: position.epoch + 1)
    }
    return try finish(step, work, results)
  }

  /// Bytes that the directory will hold and seconds for all epochs, from a few steps that are made and
  /// forgotten.
  package func estimate(threads: Int) throws -> (bytes: Int, seconds: Double) {
    let team = ThreadTeam(threads: threads)
    defer { team.stop() }
    let step = makeStep(team)
    let window = try stream.load(epoch: 0, window: 0)
    var examples = 0
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      for batch in TransferStream.batches(examples: window.order.count, batchSize: options.batchSize).prefix(
        20)
      {
        _ = run(step, window, batch, epoch: 0, first: 0, rate: 0)
        examples += batch.count
      }
    }
    let total = options.epochs * stream.images.examplesPerCopy
    return (
      architecture.parameterCount * MemoryLayout<Float>.stride,
      elapsed.seconds * Double(total) / Double(max(1, examples))
    )
  }

  private func makeStep(_ team: ThreadTeam) -> TrainingStep {
    TrainingStep(
      network: Network(architecture, seed: UInt64(options.seed)), objective: objective, options: options.step,
      capacity: options.batchSize, team: team)
  }

  private func restore(_ step: TrainingStep, _ work: Work, _ identity: Digest, _ console: Console) throws
    -> Checkpoint.Position?
  {
    do {
      return try Checkpoint.restore(step, identity: identity, directory: work.directory)
    } catch let fault as StorageError {
      // A checkpoint saves time and holds nothing else: without it the same result takes longer.
      console.warn("\(fault.description); starting again")
      return nil
    }
  }

  private func train(
    _ step: TrainingStep, on window: TransferStream.Window, _ position: inout Checkpoint.Position, work: Work,
    progress: ProgressMeter
  ) throws {
    let batches = TransferStream.batches(examples: window.order.count, batchSize: options.batchSize)
    for index in position.batch..<max(position.batch, batches.count) {
      if Interruption.isRequested {
        try save(step, position, work)
        try Interruption.check()
      }
      let rate = options.rates.rate(at: progressShare(position))
      let loss = run(
        step, window, batches[index], epoch: position.epoch, first: position.examplesSeen, rate: rate)
      guard loss.isFinite else {
        throw NetworkError.diverged(epoch: position.epoch + 1, step: step.stepCount)
      }
      position.lossSum += loss
      position.examplesSeen += batches[index].count
      position.batch = index + 1
      progress.advance(
        by: batches[index].count,
        detail: ", epoch \(position.epoch + 1)/\(options.epochs), loss "
          + Format.significant(position.lossSum / Double(position.examplesSeen)))
      if step.stepCount % options.checkpointEvery == 0 { try save(step, position, work) }
    }
  }

  private func run(
    _ step: TrainingStep, _ window: TransferStream.Window, _ batch: Range<Int>, epoch: Int, first: Int,
    rate: Float
  ) -> Double {
    step.advance(
      on: Batch(
        images: window.images, labels: window.labels, targets: window.targets, rows: window.order[batch],
        epoch: epoch, firstExample: first), learningRate: rate)
  }

  private func progressShare(_ position: Checkpoint.Position) -> Double {
    let epoch = Double(position.epoch) + Double(position.examplesSeen) / Double(stream.images.examplesPerCopy)
    return epoch / Double(options.epochs)
  }

  private func save(_ step: TrainingStep, _ position: Checkpoint.Position, _ work: Work) throws {
    try Checkpoint.write(step, at: position, identity: plan.outputs[0].identity, directory: work.directory)
  }

  /// The network that the training gives: the average of the weights, or the last ones.
  private func result(of step: TrainingStep) -> Network {
    guard let average = step.average else { return step.network }
    let network = Network(architecture, inputScale: step.network.inputScale)
    network.parameters.copy(from: average)
    return network
  }

  private func finish(_ step: TrainingStep, _ work: Work, _ results: [String: JSONValue]) throws -> Manifest {
    let output = plan.outputs[0]
    let bytes = try result(of: step).file(metadata: [ShardFile.identityKey: output.identity.hex])
    work.adopt([try work.publisher().publish(bytes, as: output, examples: nil)])
    return try work.finish(
      counts: [
        "examples": stream.images.examplesPerCopy, "steps": step.stepCount,
        "parameters": architecture.parameterCount, "classes": architecture.classes,
        "inputs": architecture.inputs,
      ], results: results)
  }
}

/// Windows in the order of the training, each read while the one before is worked on.
private struct WindowReader {
  private let stream: TransferStream
  private let epochs: Int
  private var following: (epoch: Int, window: Int)
  private var ahead: Prefetch<TransferStream.Window>?

  /// - Parameter threads: for the first window, which the training has to wait for.
  init(_ stream: TransferStream, epochs: Int, epoch: Int, window: Int, threads: Int) {
    self.stream = stream
    self.epochs = epochs
    following = (epoch, window)
    fetch(threads: threads)
  }

  mutating func next() throws -> TransferStream.Window {
    guard let current = ahead else {
      return try stream.load(epoch: following.epoch, window: following.window)
    }
    let window = try current.take()
    fetch()
    return window
  }

  private mutating func fetch(threads: Int = 1) {
    ahead = nil
    if following.window >= stream.windows(epoch: following.epoch).count {
      following = (following.epoch + 1, 0)
    }
    guard following.epoch < epochs else { return }
    let (epoch, window) = following
    ahead = Prefetch { [stream] in try stream.load(epoch: epoch, window: window, threads: threads) }
    following.window += 1
  }
}
