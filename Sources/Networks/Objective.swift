/// What a training minimises: a loss for one example, and its gradient.
package protocol Objective: Sendable {
  /// - Parameters:
  ///   - logits: [classes].
  ///   - label: the true class.
  ///   - target: [classes], the soft target or the teacher's logits; nil where there is none.
  ///   - gradient: [classes], overwritten with the derivative of the loss by each logit.
  /// - Returns: the loss of this example, in nats.
  func loss(
    logits: UnsafeBufferPointer<Float>, label: Int, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double
}

/// The examples of one step, as rows of larger arrays.
package struct BatchView {
  /// [any, inputs], pixels.
  package let images: UnsafeBufferPointer<UInt8>
  /// [any].
  package let labels: UnsafeBufferPointer<UInt16>
  /// [any, classes]; nil without soft targets.
  package let targets: UnsafeBufferPointer<Float>?
  /// Which rows of those arrays make the batch.
  package let rows: UnsafeBufferPointer<UInt32>
  package let epoch: Int
  /// Position of the first row in the epoch; with the epoch it names the random numbers of dropout.
  package let firstExample: Int

  package init(
    images: UnsafeBufferPointer<UInt8>, labels: UnsafeBufferPointer<UInt16>,
    targets: UnsafeBufferPointer<Float>?,
    rows: UnsafeBufferPointer<UInt32>, epoch: Int, firstExample: Int
  ) {
    self.images = images
    self.labels = labels
    self.targets = targets
    self.rows = rows
    self.epoch = epoch
    self.firstExample = firstExample
  }
}
