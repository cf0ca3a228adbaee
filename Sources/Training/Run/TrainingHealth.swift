import Datasets
import Networks

/// Finds trainings that fail although every number stays finite: exploding losses, dead layers, accuracy at chance.
struct TrainingHealth {
  /// Examples on which a unit must be 0 to count as dead.
  static let sampleSize = 512
  /// Largest ratio of a batch's loss, and of an epoch's, to the loss at equal logits: one batch may overshoot and
  /// recover, the mean of a whole epoch may not.
  private static let (batchFactor, epochFactor) = (100.0, 10.0)
  /// Steps below which accuracy is not checked: a very short training need not have learnt anything.
  private static let fewSteps = 100

  /// Examples in an epoch.
  let examples: Int
  /// Examples of the most frequent class in an epoch; 0 without labels.
  let mostFrequent: Int

  /// Checks one step.
  ///
  /// - Throws: `TrainingError.exploded`.
  func check(_ report: StepReport, epoch: Int, step: Int) throws {
    try check(
      loss: report.loss, uninformed: report.uninformedLoss, examples: report.examples, by: Self.batchFactor,
      epoch: epoch, step: step)
  }

  /// Checks one epoch.
  ///
  /// - Throws: `TrainingError.exploded`.
  func check(_ sums: EpochSums, epoch: Int, step: Int) throws {
    try check(
      loss: sums.loss, uninformed: sums.uninformedLoss, examples: sums.examples, by: Self.epochFactor,
      epoch: epoch, step: step)
  }

  /// Checks the accuracy in the last epoch; before it the net may still improve.
  ///
  /// - Throws: `TrainingError.atChance`.
  func checkEnd(_ sums: EpochSums, epoch: Int, step: Int) throws {
    // If all examples are of one class, always naming it is no fault.
    guard step >= Self.fewSteps, mostFrequent > 0, mostFrequent < examples, sums.hits <= mostFrequent
    else { return }
    throw TrainingError.atChance(
      epoch: epoch + 1, right: sums.hits, frequent: mostFrequent, examples: sums.examples)
  }

  /// Share of each hidden layer's units that are 0 for all `examples`.
  ///
  /// - Returns: [hidden layers], 0 to below 1.
  /// - Throws: `TrainingError.dead` if that is a whole layer.
  func deadUnits(of network: Network, _ examples: Features, epoch: Int) throws -> [Double] {
    let hidden = network.architecture.sizes.dropFirst().dropLast()
    return try zip(network.silentUnits(examples), hidden).enumerated().map { layer, counts in
      let (silent, units) = counts
      // ReLU passes no gradient through a unit that is 0, so a layer of dead units cannot recover.
      guard silent < units else {
        throw TrainingError.dead(epoch: epoch + 1, layer: layer + 1, units: units)
      }
      return Double(silent) / Double(units)
    }
  }

  private func check(
    loss: Double, uninformed: Double, examples: Int, by factor: Double, epoch: Int, step: Int
  ) throws {
    let (loss, uninformed) = (loss / Double(max(1, examples)), uninformed / Double(max(1, examples)))
    // The 1 nat is for targets that are nearly uniform: the loss at equal logits is then near 0, and every ratio to it
    // huge.
    guard loss > factor * (uninformed + 1) else { return }
    throw TrainingError.exploded(epoch: epoch + 1, step: step, loss: loss, uninformed: uninformed)
  }
}
