/// Steps of the right size, whatever the temperature, the width and the inputs.
///
/// Gradient descent runs away where rate times curvature exceeds a number near two: each step then leads further from
/// the valley's floor than the last one was. The curvature by the weights of a layer is that by the logits, times the
/// squared activations that the layer reads, times what the layers above make of it; by a softmax at a high temperature
/// it is 1/N for ever, where that of a hard target vanishes with the error, which is why large rates that serve hard
/// targets run away at T=20. In nets of ReLU units, whose layers have weights of like size, all layers contribute about
/// alike, so the last one, which is known exactly, speaks for all.
extension TrainingStep {
  /// The rate at which the step stays within the limit.
  ///
  /// - Parameters:
  ///   - rate: wanted.
  ///   - report: of the forward pass.
  /// - Returns: `rate`, or less.
  func limited(_ rate: Float, _ report: StepReport) -> Float {
    guard options.stepLimit > 0, case .sgd = options.optimizer else { return rate }
    let examples = Double(report.examples)
    let last = network.architecture.layers.count - 1
    // With the bias, which reads a one; of the lowest layer without the mean example, which is no larger.
    let squares = activationSquares[last].elements.reduce(0.0) { $0 + Double($1) } / examples + 1
    let curvature = report.curvature / examples * squares * Double(last + 1)
    let limit = Double(options.stepLimit) / max(curvature, .leastNormalMagnitude)
    // What is no number is left to the loss, which shows it.
    return limit < Double(rate) ? Float(limit) : rate
  }
}
