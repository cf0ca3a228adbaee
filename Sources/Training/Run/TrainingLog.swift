import Evaluation
import Foundation
import Stage
import Storage

/// A line of a training's `log.jsonl`: one epoch.
package struct TrainingLogEntry: Codable, Sendable {
  /// Identity of the model, which tells its lines from those of an earlier training in the same directory.
  package let training: Digest
  /// Number of the epoch, from 1.
  package let epoch: Int
  /// Steps since the start of the training, at the end of the epoch.
  package let step: Int
  /// Mean over the epoch's examples, in nats; each example counts before its own step.
  package let loss: Double
  /// Learning rate of the epoch's last step.
  package let learningRate: Double
  /// Root mean square, over the epoch's steps, of the norm of the gradient by all weights.
  package let gradientNorm: Double
  /// Share of the epoch's examples whose largest logit is that of the label (without labels, of the largest soft
  /// target), 0 to 1; each before its own step, and with dropout.
  package let accuracy: Double
  /// [hidden layers]: share of units that are 0 for every image of the sample, 0 to 1.
  package let deadUnits: [Double]
  /// Training throughput; after a resume, of the rest of the epoch.
  package let imagesPerSecond: Double
  /// Nil without validation images.
  package let validationErrors: Int?
  /// Number of validation images.
  package let validationExamples: Int?
  /// Mean over the validation images, in nats.
  package let validationLoss: Double?
  /// Time of writing, ISO 8601.
  package let time: String

  /// An entry with the current time.
  init(
    training: Digest, epoch: Int, step: Int, sums: EpochSums, deadUnits: [Double], imagesPerSecond: Double,
    validation: Evaluation?
  ) {
    self.training = training
    self.epoch = epoch
    self.step = step
    loss = sums.meanLoss
    learningRate = sums.lastRate
    // A mean of squares gives weight to large gradients, the sign of a divergence; a mean of norms would hide them.
    gradientNorm = (sums.squaredGradient / Double(max(1, sums.steps))).squareRoot()
    accuracy = Double(sums.hits) / Double(max(1, sums.examples))
    self.deadUnits = deadUnits
    self.imagesPerSecond = imagesPerSecond
    validationErrors = validation?.errors
    validationExamples = validation?.examples
    validationLoss = validation?.negativeLogLikelihood
    time = Date.now.formatted(.iso8601)
  }
}

/// Receives the log entries of a training while it runs.
package protocol TrainingObserver: Sendable {
  /// A training begins or resumes.
  ///
  /// - Parameter entries: of the epochs that are finished.
  /// - Throws: `StorageError`.
  func begin(after entries: [TrainingLogEntry]) throws

  /// An epoch is finished.
  ///
  /// - Throws: `StorageError`.
  func add(_ entry: TrainingLogEntry) throws
}

/// The log of a training, which passes each entry on to an observer.
struct EpochLog {
  private let log: StageLog
  private let observer: (any TrainingObserver)?

  init(directory: String, observer: (any TrainingObserver)?) {
    log = StageLog(directory: directory)
    self.observer = observer
  }

  /// Drops entries of other trainings and of epochs after the last checkpoint, which are trained again.
  ///
  /// - Parameters:
  ///   - training: identity of the model.
  ///   - epochs: number of finished epochs.
  /// - Returns: the last entry that is kept; nil if there is none.
  /// - Throws: `StorageError`.
  func begin(_ training: Digest, after epochs: Int) throws -> TrainingLogEntry? {
    let kept = try log.entries(TrainingLogEntry.self).filter {
      $0.training == training && $0.epoch <= epochs
    }
    try log.rewrite(kept)
    try observer?.begin(after: kept)
    return kept.last
  }

  /// - Throws: `StorageError`.
  func append(_ entry: TrainingLogEntry) throws {
    try log.append(entry)
    try observer?.add(entry)
  }
}
