import Foundation
import Networks

/// Cross-entropy with the true class.
package struct HardTargetLoss: Objective {
  /// Nothing shapes it.
  package init() {}

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    guard let label else { return undefined(gradient) }
    let logSum = logSumExp(logits)
    for index in logits.indices {
      // d/dz_i -log q_label = q_i - [i = label].
      gradient[index] = exp(logits[index] - logSum) - (index == label ? 1 : 0)
    }
    return Double(logSum - logits[label])
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
  ) -> Double {
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
    var divergence = 0.0
    for index in logits.indices {
      // In double precision: at high temperatures p and q agree in most of a float's digits.
      let logProbability = Double(logits[index] - largest) / Double(temperature) - logSum
      let (p, q) = (Double(target[index]), exp(logProbability))
      gradient[index] = softScale * Float(q - p)
      // With q - p, which sums to nothing, no term is below 0 and no rounding makes the sum so.
      divergence += (p > 0 ? p * (Foundation.log(p) - logProbability) : 0) + q - p
    }
    // T² as section 2 has it. KL is its cross-entropy less the entropy of p, which no gradient sees.
    let soft = Double(1 - hardWeight) * Double(temperature) * Double(temperature) * max(0, divergence)
    // A transfer set need not have labels.
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return soft + addHardTarget(hardWeight, logits, label, gradient)
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
  ) -> Double {
    guard let target else { return undefined(gradient) }
    let count = Float(logits.count)
    // Only differences of logits mean anything to a softmax, so their means are taken out (section 2.1).
    let offset = (logits.reduce(0, +) - target.reduce(0, +)) / count
    var squares = 0.0
    for index in logits.indices {
      let difference = logits[index] - target[index] - offset
      // Eq. 4 times the T² of section 2: (z_i - v_i) / N.
      gradient[index] = (1 - hardWeight) * difference / count
      squares += Double(difference * difference)
    }
    let soft = Double(1 - hardWeight) * squares / Double(2 * count)
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return soft + addHardTarget(hardWeight, logits, label, gradient)
  }
}

/// The loss of an example that lacks what the loss needs: not a number, as is its gradient.
private func undefined(_ gradient: UnsafeMutableBufferPointer<Float>) -> Double {
  gradient.update(repeating: .nan)
  return .nan
}

/// Adds the weighted gradient of the cross-entropy with the true class; returns the weighted loss.
private func addHardTarget(
  _ weight: Float, _ logits: UnsafeBufferPointer<Float>, _ label: Int,
  _ gradient: UnsafeMutableBufferPointer<Float>
) -> Double {
  let logSum = logSumExp(logits)
  for index in logits.indices {
    // Of the same logits, "but at a temperature of 1" (section 2).
    gradient[index] += weight * (exp(logits[index] - logSum) - (index == label ? 1 : 0))
  }
  return Double(weight * (logSum - logits[label]))
}

/// log Σ exp(z_i), without overflow.
private func logSumExp(_ logits: UnsafeBufferPointer<Float>) -> Float {
  var largest = -Float.infinity
  for logit in logits { largest = max(largest, logit) }
  var sum: Float = 0
  for logit in logits { sum += exp(logit - largest) }
  return largest + Foundation.log(sum)
}
