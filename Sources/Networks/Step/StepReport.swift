/// Loss, hits and gradient of a batch before the update, and the learning rate of the update.
package struct StepReport: Sendable {
  /// Size of the batch.
  package private(set) var examples = 0
  /// Sum over the examples, in nats.
  package private(set) var loss = 0.0
  /// The loss of a net whose logits are all equal: sum over the examples, in nats.
  package private(set) var uninformedLoss = 0.0
  /// Sum over the examples of the bound of the loss's second derivative by the logits.
  package private(set) var curvature = 0.0
  /// Number of examples whose largest logit belongs to the label; without labels, to the largest target.
  package private(set) var hits = 0
  /// The rate that was applied: the scheduled one, or less because of `StepOptions.stepLimit`.
  package internal(set) var learningRate: Float = 0
  /// Squared L2 norm of the gradient of the mean loss by all weights, without the biases.
  package internal(set) var squaredGradient = 0.0

  /// Sums in the order of the examples, so the result does not depend on the threads.
  init(_ losses: UnsafeBufferPointer<ExampleLoss>) {
    examples = losses.count
    for example in losses {
      loss += example.loss
      uninformedLoss += example.uninformed
      curvature += example.curvature
      hits += example.isRight ? 1 : 0
    }
  }
}
