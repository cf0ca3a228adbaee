/// The loss of one example, and the figures that step size and log need beside it.
package struct ExampleLoss: Sendable {
  /// In nats; NaN if the label or the target that the loss needs is missing.
  package var loss = 0.0
  /// The loss of a net whose logits are all equal, in nats.
  package var uninformed = 0.0
  /// An upper bound of the second derivative of the loss in any direction of the logits.
  package var curvature = 0.0
  /// Whether the largest logit belongs to the label; without a label, to the largest target.
  package var isRight = false

  /// - Parameters:
  ///   - loss: in nats.
  ///   - uninformed: the loss at equal logits, in nats.
  ///   - curvature: an upper bound of the second derivatives by the logits.
  package init(loss: Double, uninformed: Double, curvature: Double) {
    self.loss = loss
    self.uninformed = uninformed
    self.curvature = curvature
  }

  /// Zero in all figures.
  init() {}
}

/// A training objective: the loss of one example and its gradient.
package protocol Objective: Sendable {
  /// Computes loss and gradient of one example.
  ///
  /// - Parameters:
  ///   - logits: [classes].
  ///   - label: the true class; nil for an unlabelled example.
  ///   - target: [classes], the soft target or the teacher's logits; nil without targets.
  ///   - gradient: [classes], overwritten with the derivative of the loss by each logit.
  /// - Returns: the loss and its curvature; `isRight` is set by the training step.
  func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss
}
