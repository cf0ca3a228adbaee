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
  /// At its end.
  package let learningRate: Double
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
    training: Digest, epoch: Int, step: Int, loss: Double, learningRate: Double, imagesPerSecond: Double,
    validation: Evaluation?
  ) {
    self.training = training
    self.epoch = epoch
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.imagesPerSecond = imagesPerSecond
    validationErrors = validation?.errors
    validationExamples = validation?.examples
    validationLoss = validation?.negativeLogLikelihood
    time = Date.now.formatted(.iso8601)
  }
}
