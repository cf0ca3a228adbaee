/// What a step found before it moved the weights, and how it moved them.
package struct StepReport: Sendable {
  /// Examples of the batch.
  package private(set) var examples = 0
  /// Sum over the examples, in nats.
  package private(set) var loss = 0.0
  /// The same of a net whose logits are all equal.
  package private(set) var uninformedLoss = 0.0
  /// Sum over the examples of the loss's largest second derivative by the logits.
  package private(set) var curvature = 0.0
  /// Examples of which the largest logit is that of the label.
  package private(set) var hits = 0
  /// Of this step.
  package internal(set) var learningRate: Float = 0
  /// Of the mean loss by all weights, without the biases.
  package internal(set) var squaredGradient = 0.0

  /// Sums up, in the order of the examples.
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
