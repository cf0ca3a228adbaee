import CKernels
import Foundation

/// The update rule of the parameters.
package enum Optimizer: Equatable, Sendable {
  /// v = momentum v + g; w = w - learningRate v (PyTorch's form, without dampening).
  case sgd(momentum: Float)
  /// Adam (Kingma & Ba 2015), as PyTorch computes it.
  case adam(beta1: Float, beta2: Float, epsilon: Float)

  /// Adam with the constants of its paper.
  package static let adam = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)

  /// Number of moment buffers, each as large as the parameters: the velocity, or Adam's two moments.
  package var stateCount: Int {
    switch self {
    case .sgd: 1
    case .adam: 2
    }
  }

  /// The optimiser's settings for one step, in the form of the kernels.
  ///
  /// - Parameters:
  ///   - step: number of the step, from 1 on.
  ///   - learningRate: of this step.
  ///   - examples: size of the batch; the gradient is averaged over it.
  /// - Returns: settings with Adam's bias corrections worked out.
  func kernel(step: Int, learningRate: Float, examples: Int) -> dk_optimizer {
    let scale = 1 / Float(examples)
    switch self {
    case .sgd(let momentum):
      return dk_optimizer(
        kind: DK_SGD, gradient_scale: scale, learning_rate: learningRate, beta1: momentum, beta2: 0,
        second_correction: 1, epsilon: 0)
    case .adam(let beta1, let beta2, let epsilon):
      // Adam's corrections depend on the step alone, so they are computed once here; in double precision, because
      // beta2^t stays close to 1 for many steps.
      return dk_optimizer(
        kind: DK_ADAM, gradient_scale: scale,
        learning_rate: learningRate / Float(1 - power(Double(beta1), step)), beta1: beta1, beta2: beta2,
        second_correction: Float(1 / (1 - power(Double(beta2), step)).squareRoot()), epsilon: epsilon)
    }
  }
}

/// `base` to the power of `exponent` in O(log exponent) multiplications, with the same result on every machine.
func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    // Invariant: result · factor^rest is the power asked for. `pow` of the system may differ in the last bit.
    if rest % 2 == 1 { result *= factor }
    factor *= factor
    rest /= 2
  }
  return result
}

/// The learning rate over the course of a training.
package struct LearningRateSchedule: Equatable, Sendable {
  /// The decay after the warm-up.
  package enum Shape: String, Sendable, CaseIterable {
    /// No decay.
    case constant
    /// In a straight line to zero.
    case linear
    /// Half a period of a cosine, to zero (Loshchilov & Hutter 2017, without restarts).
    case cosine
  }

  /// Learning rate at the end of the warm-up.
  package let peak: Float
  /// Decay after the warm-up.
  package let shape: Shape
  /// Share of the training, from its start, during which the rate rises linearly from zero.
  package let warmUp: Double

  /// - Parameters:
  ///   - peak: the rate at the end of the warm-up.
  ///   - shape: the decay after the warm-up.
  ///   - warmUp: share of the training in which the rate rises, 0 to 1.
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
    // A warm-up of 1 leaves no decay: the smallest divisor avoids 0 / 0 at the last step.
    let rest = (progress - warmUp) / max(1 - warmUp, .leastNonzeroMagnitude)
    return switch shape {
    case .constant: peak
    case .linear: peak * Float(1 - rest)
    case .cosine: peak * Float(0.5 * (1 + cos(.pi * rest)))
    }
  }
}
