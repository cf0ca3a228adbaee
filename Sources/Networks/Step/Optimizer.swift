import CKernels
import Foundation

/// How gradients become steps.
package enum Optimizer: Equatable, Sendable {
  /// v = momentum v + g; w = w - learningRate v.
  case sgd(momentum: Float)
  /// Kingma & Ba 2015, as PyTorch computes it.
  case adam(beta1: Float, beta2: Float, epsilon: Float)

  /// Adam with the constants of its paper.
  package static let adam = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)

  /// Buffers of the size of the parameters that it keeps from step to step.
  package var stateCount: Int {
    switch self {
    case .sgd: 1
    case .adam: 2
    }
  }

  /// What the kernels need for one step.
  ///
  /// - Parameters:
  ///   - step: the number of the step, from one on.
  ///   - learningRate: of this step.
  ///   - examples: over which the gradient is averaged.
  /// - Returns: the step in the kernels' terms, with the corrections of Adam's moments worked out.
  func kernel(step: Int, learningRate: Float, examples: Int) -> dk_optimizer {
    let scale = 1 / Float(examples)
    switch self {
    case .sgd(let momentum):
      return dk_optimizer(
        kind: DK_SGD, gradient_scale: scale, learning_rate: learningRate, beta1: momentum, beta2: 0,
        second_correction: 1, epsilon: 0)
    case .adam(let beta1, let beta2, let epsilon):
      // Adam's corrections depend on the step alone: worked out once here, in double precision, because beta2^t is
      // close to one for long.
      return dk_optimizer(
        kind: DK_ADAM, gradient_scale: scale,
        learning_rate: learningRate / Float(1 - power(Double(beta1), step)), beta1: beta1, beta2: beta2,
        second_correction: Float(1 / (1 - power(Double(beta2), step)).squareRoot()), epsilon: epsilon)
    }
  }
}

/// `base` to the power of `exponent`, by squaring, the same on every machine.
func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest % 2 == 1 { result *= factor }
    factor *= factor
    rest /= 2
  }
  return result
}

/// The learning rate over a training.
package struct LearningRateSchedule: Equatable, Sendable {
  /// How the rate falls after the warm-up.
  package enum Shape: String, Sendable, CaseIterable {
    /// Not at all.
    case constant
    /// In a straight line to zero.
    case linear
    /// As half a period of a cosine, to zero (Loshchilov & Hutter 2017, without restarts).
    case cosine
  }

  /// After the warm-up.
  package let peak: Float
  /// How the rate falls from there.
  package let shape: Shape
  /// Share of the training, from its start, in which the rate rises linearly from zero.
  package let warmUp: Double

  /// - Parameters:
  ///   - peak: the rate after the warm-up.
  ///   - shape: how it falls from there.
  ///   - warmUp: share of the training in which it rises, 0 to 1.
  package init(peak: Float, shape: Shape, warmUp: Double) {
    self.peak = peak
    self.shape = shape
    self.warmUp = warmUp
  }

  /// The learning rate of a step.
  ///
  /// - Parameter progress: 0 at the start of the training, 1 at its end.
  /// - Returns: 0 to `peak`.
  package func rate(at progress: Double) -> Float {
    if progress < warmUp { return peak * Float(progress / warmUp) }
    let rest = (progress - warmUp) / max(1 - warmUp, .leastNonzeroMagnitude)
    return switch shape {
    case .constant: peak
    case .linear: peak * Float(1 - rest)
    case .cosine: peak * Float(0.5 * (1 + cos(.pi * rest)))
    }
  }
}
