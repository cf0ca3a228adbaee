import Foundation
import Networks

/// Cross-entropy with the true class.
package struct HardTargetLoss: Objective {
  /// Nothing shapes it.
  package init() {}

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let label else { return undefined(gradient) }
    let logSum = logSumExp(logits)
    var softmax = SoftmaxCurvature()
    for index in logits.indices {
      let q = exp(logits[index] - logSum)
      // d/dz_i -log q_label = q_i - [i = label].
      gradient[index] = q - (index == label ? 1 : 0)
      softmax.add(Double(q))
    }
    return ExampleLoss(
      loss: Double(logSum - logits[label]), uninformed: log(Double(logits.count)), curvature: softmax.bound)
  }
}

/// (1 - w) T² KL(p_T ‖ q_T) + w CE(label, q_1) (paper, section 2).
package struct SoftTargetLoss: Objective {
  /// T, that of the soft targets.
  let temperature: Float
  /// w.
  let hardWeight: Float

  /// The temperature of the soft targets, and w, 0 to 1.
  package init(temperature: Double, hardWeight: Double) {
    self.temperature = Float(temperature)
    self.hardWeight = Float(hardWeight)
  }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let target else { return undefined(gradient) }
    // d/dz T² KL(p ‖ q) = T (q - p): the T² undoes one 1/T of the chain rule and the 1/T of q - p itself,
    // so soft and hard gradients stay in proportion at any temperature.
    let softScale = (1 - hardWeight) * temperature
    // Eq. 1, as logarithms: log q_i = (z_i - max z) / T - log Σ_j exp((z_j - max z) / T), in which no exp
    // overflows.
    let largest = logits.max() ?? 0
    var sum = 0.0
    for logit in logits { sum += exp(Double(logit - largest) / Double(temperature)) }
    let logSum = Foundation.log(sum)
    var (divergence, negativeEntropy) = (0.0, 0.0)
    var softmax = SoftmaxCurvature()
    for index in logits.indices {
      // In double precision: at high temperatures p and q agree in most of a float's digits.
      let logProbability = Double(logits[index] - largest) / Double(temperature) - logSum
      let (p, q) = (Double(target[index]), exp(logProbability))
      gradient[index] = softScale * Float(q - p)
      let ownEntropy = p > 0 ? p * Foundation.log(p) : 0
      negativeEntropy += ownEntropy
      // With q - p, which sums to nothing, no term is below 0 and no rounding makes the sum so.
      divergence += (p > 0 ? ownEntropy - p * logProbability : 0) + q - p
      softmax.add(q)
    }
    // T² as section 2 has it. KL is its cross-entropy less the entropy of p, which no gradient sees.
    let scale = Double(1 - hardWeight) * Double(temperature) * Double(temperature)
    let uniform = negativeEntropy + Foundation.log(Double(logits.count))
    // The T² undoes the 1/T² of the second derivatives too.
    let soft = ExampleLoss(
      loss: scale * max(0, divergence), uninformed: scale * max(0, uniform),
      curvature: Double(1 - hardWeight) * softmax.bound)
    // A transfer set need not have labels.
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return addHardTarget(to: soft, hardWeight, logits, label, gradient)
  }
}

/// (1 - w) / (2 N) Σ (z_i - v_i)² of zero-meaned logits + w CE(label, q_1): the limit of `SoftTargetLoss`
/// for T → ∞ (paper, section 2.1).
package struct LogitLoss: Objective {
  let hardWeight: Float

  /// w, 0 to 1.
  package init(hardWeight: Double) { self.hardWeight = Float(hardWeight) }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let target else { return undefined(gradient) }
    let count = Float(logits.count)
    // Only differences of logits mean anything to a softmax, so their means are taken out (section 2.1).
    let targetSum = target.reduce(0, +)
    let (offset, targetMean) = ((logits.reduce(0, +) - targetSum) / count, targetSum / count)
    var (squares, targetSquares) = (0.0, 0.0)
    for index in logits.indices {
      let difference = logits[index] - target[index] - offset
      // Eq. 4 times the T² of section 2: (z_i - v_i) / N.
      gradient[index] = (1 - hardWeight) * difference / count
      squares += Double(difference * difference)
      targetSquares += Double((target[index] - targetMean) * (target[index] - targetMean))
    }
    let scale = Double(1 - hardWeight) / Double(2 * count)
    let soft = ExampleLoss(
      loss: scale * squares, uninformed: scale * targetSquares, curvature: 2 * scale)
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return addHardTarget(to: soft, hardWeight, logits, label, gradient)
  }
}

/// A bound of the largest eigenvalue of diag(q) - q qᵀ, the second derivatives of a softmax's cross-entropy by its
/// logits: it is no larger than the largest q (what is subtracted can only make it less), nor than the trace.
private struct SoftmaxCurvature {
  private var (largest, squares) = (0.0, 0.0)

  mutating func add(_ q: Double) {
    largest = max(largest, q)
    squares += q * q
  }

  var bound: Double { max(0, min(largest, 1 - squares)) }
}

/// The loss of an example that lacks what the loss needs: not a number, as is its gradient.
private func undefined(_ gradient: UnsafeMutableBufferPointer<Float>) -> ExampleLoss {
  gradient.update(repeating: .nan)
  return ExampleLoss(loss: .nan, uninformed: .nan, curvature: .nan)
}

/// Adds the weighted cross-entropy with the true class, and its gradient.
private func addHardTarget(
  to soft: ExampleLoss, _ weight: Float, _ logits: UnsafeBufferPointer<Float>, _ label: Int,
  _ gradient: UnsafeMutableBufferPointer<Float>
) -> ExampleLoss {
  let logSum = logSumExp(logits)
  var softmax = SoftmaxCurvature()
  for index in logits.indices {
    let q = exp(logits[index] - logSum)
    // Of the same logits, "but at a temperature of 1" (section 2).
    gradient[index] += weight * (q - (index == label ? 1 : 0))
    softmax.add(Double(q))
  }
  return ExampleLoss(
    loss: soft.loss + Double(weight * (logSum - logits[label])),
    uninformed: soft.uninformed + Double(weight) * log(Double(logits.count)),
    curvature: soft.curvature + Double(weight) * softmax.bound)
}

/// log Σ exp(z_i), without overflow.
private func logSumExp(_ logits: UnsafeBufferPointer<Float>) -> Float {
  var largest = -Float.infinity
  for logit in logits { largest = max(largest, logit) }
  var sum: Float = 0
  for logit in logits { sum += exp(logit - largest) }
  return largest + Foundation.log(sum)
}
