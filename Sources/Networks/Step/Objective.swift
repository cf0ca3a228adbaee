/// What one example says of the net.
package struct ExampleLoss: Sendable {
  /// In nats; not a number where the label or the target that the loss needs is missing.
  package var loss = 0.0
  /// The loss of a net that says nothing, all its logits equal; in nats.
  package var uninformed = 0.0
  /// The largest second derivative of the loss in any direction of the logits, or somewhat more.
  package var curvature = 0.0
  /// Whether the largest logit is that of the label; without a label, of the largest target.
  package var isRight = false

  /// - Parameters:
  ///   - loss: in nats.
  ///   - uninformed: the loss at equal logits, in nats.
  ///   - curvature: a bound of the second derivatives by the logits.
  package init(loss: Double, uninformed: Double, curvature: Double) {
    self.loss = loss
    self.uninformed = uninformed
    self.curvature = curvature
  }

  /// Nothing yet.
  init() {}
}

/// What a training minimises: a loss for one example, and its gradient.
package protocol Objective: Sendable {
  /// The loss of one example.
  ///
  /// - Parameters:
  ///   - logits: [classes].
  ///   - label: the true class; nil for an unlabelled example.
  ///   - target: [classes], the soft target or the teacher's logits; nil where there is none.
  ///   - gradient: [classes], overwritten with the derivative of the loss by each logit.
  /// - Returns: the loss, and what steps of the right size need to know of it.
  func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss
}
