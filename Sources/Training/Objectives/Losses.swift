import Foundation
import Networks

/// Cross-entropy with the true class.
package struct HardTargetLoss: Objective {
  /// The loss has no parameters.
  package init() {}

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let label else { return undefined(gradient) }
    let logSum = logSumExp(logits)
    var softmax = SoftmaxCurvature()
    for index in logits.indices {
      // Eq. 1 at T = 1 by its logarithm: no z_i is above log Σ exp z_j, so exp cannot overflow.
      let q = exp(logits[index] - logSum)
      // d/dz_i -log q_label = q_i - [i = label].
      gradient[index] = q - (index == label ? 1 : 0)
      softmax.add(Double(q))
    }
    // Equal logits give each of N classes 1/N, and so a loss of log N.
    return ExampleLoss(
      loss: Double(logSum - logits[label]), uninformed: log(Double(logits.count)), curvature: softmax.bound)
  }
}

/// (1 - w) T² KL(p_T ‖ q_T) + w CE(label, q_1) (paper, section 2).
package struct SoftTargetLoss: Objective {
  /// T, the temperature of the soft targets.
  let temperature: Float
  /// w, the weight of the hard targets.
  let hardWeight: Float

  /// - Parameters:
  ///   - temperature: of the soft targets, > 0, no unit.
  ///   - hardWeight: w, 0 to 1.
  package init(temperature: Double, hardWeight: Double) {
    self.temperature = Float(temperature)
    self.hardWeight = Float(hardWeight)
  }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let target else { return undefined(gradient) }
    // Eq. 2: ∂C/∂z_i = (q_i - p_i) / T, here times T². By eq. 3 and 4 it tends to (z_i - v_i) / (N T²) for T large
    // against the logits z and v of mean 0; the T² cancels that, so soft and hard gradients stay in proportion.
    let softScale = (1 - hardWeight) * temperature
    // Eq. 1, as logarithms: log q_i = (z_i - max z) / T - log Σ_j exp((z_j - max z) / T). No exponent is above 0, so
    // exp cannot overflow, and the largest term is 1, so the sum cannot underflow.
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
      // Each term of Σ p log(p/q) + q - p is at least 0, and Σ (q - p) is 0: so rounding cannot make KL negative.
      divergence += (p > 0 ? ownEntropy - p * logProbability : 0) + q - p
      softmax.add(q)
    }
    // The T² of section 2. KL is the paper's cross-entropy minus the entropy of p, which has no gradient by z; unlike
    // the cross-entropy it is 0 for a student that matches its teacher.
    let scale = Double(1 - hardWeight) * Double(temperature) * Double(temperature)
    // KL(p ‖ uniform) = log N - H(p): the loss at equal logits.
    let uniform = negativeEntropy + Foundation.log(Double(logits.count))
    // The second derivatives are (diag(q) - q qᵀ) / T²; the T² cancels there too.
    let soft = ExampleLoss(
      loss: scale * max(0, divergence), uninformed: scale * max(0, uniform),
      curvature: Double(1 - hardWeight) * softmax.bound)
    // With w = 0 the transfer set needs no labels.
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return addHardTarget(to: soft, hardWeight, logits, label, gradient)
  }
}

/// (1 - w) / (2 N) Σ (z_i - v_i)² + w CE(label, q_1), with the logits z of the student and v of the teacher, both of
/// mean 0: the limit of `SoftTargetLoss` for T → ∞ (paper, section 2.1).
package struct LogitLoss: Objective {
  let hardWeight: Float

  /// - Parameter hardWeight: w, 0 to 1.
  package init(hardWeight: Double) { self.hardWeight = Float(hardWeight) }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let target else { return undefined(gradient) }
    let count = Float(logits.count)
    // A softmax depends on differences of logits only. Eq. 4 assumes that they have mean 0 for each example, so
    // subtract the means first.
    let targetSum = target.reduce(0, +)
    let (offset, targetMean) = ((logits.reduce(0, +) - targetSum) / count, targetSum / count)
    var (squares, targetSquares) = (0.0, 0.0)
    for index in logits.indices {
      let difference = logits[index] - target[index] - offset
      // Eq. 4, (z_i - v_i) / (N T²), times the T² of section 2.
      gradient[index] = (1 - hardWeight) * difference / count
      squares += Double(difference * difference)
      targetSquares += Double((target[index] - targetMean) * (target[index] - targetMean))
    }
    // Equal logits are 0 once their mean is subtracted: the loss is then Σ v² / (2 N).
    let scale = Double(1 - hardWeight) / Double(2 * count)
    let soft = ExampleLoss(
      loss: scale * squares, uninformed: scale * targetSquares, curvature: 2 * scale)
    guard hardWeight > 0 else { return soft }
    guard let label else { return undefined(gradient) }
    return addHardTarget(to: soft, hardWeight, logits, label, gradient)
  }
}

/// A bound of the largest eigenvalue of diag(q) - q qᵀ, the second derivatives of a softmax's cross-entropy by its
/// logits. Subtracting q qᵀ can only lower it, so it is at most the largest q; and it is at most the trace, 1 - Σ q².
private struct SoftmaxCurvature {
  private var (largest, squares) = (0.0, 0.0)

  mutating func add(_ q: Double) {
    largest = max(largest, q)
    squares += q * q
  }

  var bound: Double { max(0, min(largest, 1 - squares)) }
}

/// The loss of an example without the label or target that the loss needs: NaN, with a NaN gradient.
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
    // From "exactly the same logits in softmax of the distilled model but at a temperature of 1" (section 2).
    gradient[index] += weight * (q - (index == label ? 1 : 0))
    softmax.add(Double(q))
  }
  return ExampleLoss(
    loss: soft.loss + Double(weight * (logSum - logits[label])),
    uninformed: soft.uninformed + Double(weight) * log(Double(logits.count)),
    curvature: soft.curvature + Double(weight) * softmax.bound)
}

/// log Σ exp(z_i) as max z + log Σ exp(z_i - max z), which cannot overflow.
private func logSumExp(_ logits: UnsafeBufferPointer<Float>) -> Float {
  var largest = -Float.infinity
  for logit in logits { largest = max(largest, logit) }
  var sum: Float = 0
  for logit in logits { sum += exp(logit - largest) }
  return largest + Foundation.log(sum)
}
