/// What a training minimises: a loss for one example, and its gradient.
package protocol Objective: Sendable {
  /// The loss of one example.
  ///
  /// - Parameters:
  ///   - logits: [classes].
  ///   - label: the true class; nil for an unlabelled example.
  ///   - target: [classes], the soft target or the teacher's logits; nil where there is none.
  ///   - gradient: [classes], overwritten with the derivative of the loss by each logit.
  /// - Returns: the loss in nats; not a number where the label or the target that it needs is missing.
  func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double
}
