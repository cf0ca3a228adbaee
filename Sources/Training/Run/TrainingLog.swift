import Evaluation
import Foundation
import Stage
import Storage

/// A line of a training's `log.jsonl`: one epoch.
package struct TrainingLogEntry: Codable, Sendable {
  /// Identity of the model that is trained: lines of another training are not taken for its own.
  package let training: Digest
  /// From 1 on.
  package let epoch: Int
  /// Steps done at its end.
  package let step: Int
  /// Mean over the epoch's examples, in nats, each before the step that it was in.
  package let loss: Double
  /// Of its last step.
  package let learningRate: Double
  /// Root of the mean square over the epoch's steps of the norm of the gradient by all weights.
  package let gradientNorm: Double
  /// Share of the epoch's examples of which the largest output was the right one (without labels, the teacher's),
  /// each before the step that it was in, and with dropout.
  package let accuracy: Double
  /// Of each hidden layer, the share of units that were zero for all of the images looked at.
  package let deadUnits: [Double]
  /// Of this run's part of the epoch.
  package let imagesPerSecond: Double
  /// Nil without validation images.
  package let validationErrors: Int?
  /// Images that were validated.
  package let validationExamples: Int?
  /// Mean over the validation images, in nats.
  package let validationLoss: Double?
  /// When it was written, in ISO 8601.
  package let time: String

  /// An entry of now.
  init(
    training: Digest, epoch: Int, step: Int, sums: EpochSums, deadUnits: [Double], imagesPerSecond: Double,
    validation: Evaluation?
  ) {
    self.training = training
    self.epoch = epoch
    self.step = step
    loss = sums.meanLoss
    learningRate = sums.lastRate
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

/// Is told the course of a training as it goes.
package protocol TrainingObserver: Sendable {
  /// A training begins, or goes on.
  ///
  /// - Parameter entries: of the epochs that were done before.
  /// - Throws: `StorageError`.
  func begin(after entries: [TrainingLogEntry]) throws

  /// An epoch is done.
  ///
  /// - Throws: `StorageError`.
  func add(_ entry: TrainingLogEntry) throws
}

/// The log of a training, and who else is told what goes into it.
struct EpochLog {
  private let log: StageLog
  private let observer: (any TrainingObserver)?

  init(directory: String, observer: (any TrainingObserver)?) {
    log = StageLog(directory: directory)
    self.observer = observer
  }

  /// Drops what a killed run wrote after its last checkpoint: it comes again.
  ///
  /// - Parameters:
  ///   - training: whose epochs count.
  ///   - epochs: that are done.
  /// - Returns: the last of them.
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
