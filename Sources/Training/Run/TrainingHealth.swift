import Datasets
import Networks

/// Whether a training is one that can be finished: what breaks down without becoming infinite has to be looked for.
struct TrainingHealth {
  /// Examples that tell which units are dead.
  static let sampleSize = 512
  /// How many times the loss of a net that says nothing a batch's loss may be, and an epoch's.
  private static let (batchFactor, epochFactor) = (100.0, 10.0)
  /// Steps before which nothing is expected.
  private static let fewSteps = 100

  /// In an epoch.
  let examples: Int
  /// Of those, the examples of the most frequent class; 0 without labels.
  let mostFrequent: Int

  /// Looks at a step.
  ///
  /// - Throws: `TrainingError.exploded`.
  func check(_ report: StepReport, epoch: Int, step: Int) throws {
    try check(
      loss: report.loss, uninformed: report.uninformedLoss, examples: report.examples, by: Self.batchFactor,
      epoch: epoch, step: step)
  }

  /// Looks at an epoch.
  ///
  /// - Throws: `TrainingError.exploded`.
  func check(_ sums: EpochSums, epoch: Int, step: Int) throws {
    try check(
      loss: sums.loss, uninformed: sums.uninformedLoss, examples: sums.examples, by: Self.epochFactor,
      epoch: epoch, step: step)
  }

  /// Looks at the last epoch; in one before it a net may still learn.
  ///
  /// - Throws: `TrainingError.atChance`.
  func checkEnd(_ sums: EpochSums, epoch: Int, step: Int) throws {
    // Where all examples are of one class, naming it is right.
    guard step >= Self.fewSteps, mostFrequent > 0, mostFrequent < examples, sums.hits <= mostFrequent
    else { return }
    throw TrainingError.atChance(
      epoch: epoch + 1, right: sums.hits, frequent: mostFrequent, examples: sums.examples)
  }

  /// The share of each hidden layer's units that are zero for all of some images.
  ///
  /// - Throws: `TrainingError.dead` where that is a whole layer.
  func deadUnits(of network: Network, _ examples: Features, epoch: Int) throws -> [Double] {
    let hidden = network.architecture.sizes.dropFirst().dropLast()
    return try zip(network.silentUnits(examples), hidden).enumerated().map { layer, counts in
      let (silent, units) = counts
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
    // A nat more: of targets that say nothing, nothing is the right answer, and any other infinitely worse.
    guard loss > factor * (uninformed + 1) else { return }
    throw TrainingError.exploded(epoch: epoch + 1, step: step, loss: loss, uninformed: uninformed)
  }
}
