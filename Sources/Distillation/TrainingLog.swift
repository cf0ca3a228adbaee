import Foundation
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
