import Datasets
import Machine
import Networks

extension Training {
  /// A training step with the initial weights.
  func makeStep(_ normalization: InputNormalization, _ team: ThreadTeam) -> TrainingStep {
    let network =
      start?.unfolded(normalization)
      ?? Network(
        architecture, seed: UInt64(options.seed), initialScale: Float(options.initialScale),
        inputScale: normalization.scale, firstInputs: InputNormalization.effectiveInputs)
    return TrainingStep(
      network: network, objective: objective, options: options.step, capacity: options.batchSize,
      normalization: normalization, team: team)
  }

  /// The prior added to a specialist's logits, [outputs] (paper, section 5.2); nil for other nets.
  ///
  /// - Throws: as `ExampleStream.specialCounts`.
  func prior(threads: Int) throws -> [Double]? {
    guard stream.labelMap.special != nil else { return nil }
    let (special, others) = try stream.specialCounts(threads: threads)
    return stream.labelMap.prior(specialExamples: special, otherExamples: others)
  }

  /// Bytes that the directory will hold and seconds for all epochs, from a few steps that are made and
  /// forgotten.
  ///
  /// - Parameter threads: for the arithmetic.
  /// - Returns: of the model, without checkpoints; and of the whole training, whatever is done of it already.
  /// - Throws: `MachineError`; `StorageError`, `InputError`.
  package func estimate(threads: Int) throws -> (bytes: Int, seconds: Double) {
    var budget = MemoryBudget.ofProgram
    try budget.take(neededBytes(threads: threads), for: architectureName)
    let team = ThreadTeam(threads: threads)
    defer { team.stop() }
    let step = makeStep(InputNormalization(try stream.statistics(threads: threads)), team)
    let window = try stream.load(epoch: 0, window: 0, threads: threads)
    let batches = ExampleStream.batches(examples: window.order.count, batchSize: options.batchSize)
    let clock = ContinuousClock()
    let begin = clock.now
    var (examples, measured) = (0, begin)
    for (number, range) in batches.enumerated() {
      // The first steps touch memory that is not there yet, and are no measure of the others.
      if number == batches.count / 2 || number == 8 { (examples, measured) = (0, clock.now) }
      let batch = Batch(
        features: window.features, labels: window.labels, targets: window.targets, rows: window.order[range],
        epoch: 0, firstExample: range.lowerBound)
      // A rate of 0 leaves the weights as they are, and costs as much.
      step.advance(on: batch, learningRate: 0)
      examples += range.count
      if number > 16, clock.now - begin > .milliseconds(500) { break }
    }
    let total = try totalImages(threads: threads)
    return (
      architecture.parameterCount * MemoryLayout<Float>.stride,
      (clock.now - measured).seconds * Double(total) / Double(max(1, examples))
    )
  }
}
