/// Limits the step size, whatever the temperature, the width of the layers and the inputs.
///
/// Gradient descent diverges if learning rate times curvature exceeds about two: each step then ends further from the
/// minimum than the one before. The curvature by the weights of a layer is the curvature by the logits, times the
/// squared activations that the layer reads, times a factor of the layers above. For a softmax at a high temperature
/// the curvature by the logits stays at 1/N for N classes, whereas for hard targets it vanishes together with the
/// error. This is why learning rates that suit hard targets diverge at T=20. In ReLU nets whose layers have weights
/// of similar size, all layers contribute about equally, so the exactly known curvature of the last layer stands for
/// all of them.
extension TrainingStep {
  /// The largest learning rate within the limit.
  ///
  /// - Parameters:
  ///   - rate: the scheduled rate.
  ///   - report: of the forward pass.
  /// - Returns: `rate`, or less.
  func limited(_ rate: Float, _ report: StepReport) -> Float {
    // Adam divides by the size of the gradient, so its steps do not grow with the curvature.
    guard options.stepLimit > 0, case .sgd = options.optimizer else { return rate }
    let examples = Double(report.examples)
    let last = network.architecture.layers.count - 1
    // + 1 for the bias, whose input is 1. In a net of one layer the mean example is left out, which can only raise
    // the sum: E|x - reference|² = E|x - mean|² + |reference - mean|².
    let squares = activationSquares[last].elements.reduce(0.0) { $0 + Double($1) } / examples + 1
    // Mean curvature by the logits × mean squared input of the last layer × number of layers.
    let curvature = report.curvature / examples * squares * Double(last + 1)
    let limit = Double(options.stepLimit) / max(curvature, .leastNormalMagnitude)
    // A NaN compares false and leaves the rate as it is: the loss will show it.
    return limit < Double(rate) ? Float(limit) : rate
  }
}
