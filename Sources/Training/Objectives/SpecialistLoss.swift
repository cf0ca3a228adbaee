import Datasets
import Foundation
import Networks

/// The loss of a specialist with an output for each class (paper, section 6.1). Examples of special classes use the
/// label. Examples of other classes use two terms: that the example is of no special class, and the generalist's soft
/// targets within the other classes, so that a net that sees few classes does not forget the rest.
///
/// The generalist's probabilities of the special classes are left out there: the specialist learns from their own
/// examples how likely these are, and that would count twice.
package struct SpecialistLoss: Objective {
  /// [classes]: whether the class is special.
  private let isSpecial: [Bool]
  /// The other classes, ascending.
  private let others: [Int]
  private let hard = HardTargetLoss()
  private let soft: SoftTargetLoss

  /// - Parameters:
  ///   - labels: classes of a specialist with an output for each class.
  ///   - soft: the loss within the other classes.
  package init(_ labels: LabelMap, soft: SoftTargetLoss) {
    precondition(labels.form == .full, "no outputs of their own for the other classes")
    others = labels.others
    var isSpecial = [Bool](repeating: true, count: labels.classes)
    for label in others { isSpecial[label] = false }
    self.isSpecial = isSpecial
    self.soft = soft
  }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    guard let label, !isSpecial[label] else {
      return hard.loss(logits: logits, label: label, target: nil, gradient: gradient)
    }
    guard let target else { return soft.loss(logits: logits, label: label, target: nil, gradient: gradient) }
    let mass = others.reduce(0) { $0 + Double(target[$1]) }
    // If the generalist gives the other classes no probability at all, it cannot rank them; use the label.
    guard mass > 0 else { return hard.loss(logits: logits, label: label, target: nil, gradient: gradient) }
    let apart = lossApart(logits, gradient)
    // [3, others]: logits, soft targets, gradient. Soft targets at T divided by their sum are the softmax
    // at T of the teacher's logits for these classes alone, so the distillation loss applies to them unchanged.
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * others.count) { space in
      let part = { UnsafeMutableBufferPointer(rebasing: space[$0 * others.count..<($0 + 1) * others.count]) }
      let (own, wanted, slope) = (part(0), part(1), part(2))
      var place = 0
      for (index, other) in others.enumerated() {
        own[index] = logits[other]
        wanted[index] = Float(Double(target[other]) / mass)
        if other == label { place = index }
      }
      let within = soft.loss(
        logits: UnsafeBufferPointer(own), label: place, target: UnsafeBufferPointer(wanted), gradient: slope)
      for (index, other) in others.enumerated() { gradient[other] += slope[index] }
      return ExampleLoss(
        loss: apart.loss + within.loss, uninformed: apart.uninformed + within.uninformed,
        curvature: apart.curvature + within.curvature)
    }
  }

  /// -log Σ_o q_o over the other classes, the loss of the dustbin class in the form that has one.
  private func lossApart(_ logits: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>)
    -> ExampleLoss
  {
    // log Σ_all exp z - log Σ_others exp z, as the cross-entropy with the most probable other class minus the
    // log-sum-exp of the others relative to it: no exponent is above 0. The gradient is q_i - [i is other] r_i, with r
    // the softmax over the others.
    let largest = others.reduce(others[0]) { logits[$1] > logits[$0] ? $1 : $0 }
    let own = hard.loss(logits: logits, label: largest, target: nil, gradient: gradient)
    let sum = others.reduce(0) { $0 + exp(Double(logits[$1] - logits[largest])) }
    for other in others { gradient[other] -= Float(exp(Double(logits[other] - logits[largest])) / sum) }
    gradient[largest] += 1
    // The subtracted log-sum-exp is convex, so the curvature of the first term remains a bound.
    return ExampleLoss(
      loss: max(0, own.loss - log(sum)), uninformed: own.uninformed - log(Double(others.count)),
      curvature: own.curvature)
  }
}
