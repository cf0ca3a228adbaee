import Datasets
import Foundation
import Networks

/// What a specialist with an output for each class learns (paper, section 6.1): its special classes from their labels,
/// and of an example of another class that it is of none of them, and from the generalist's soft targets how these
/// others compare, so that a net that sees few classes does not forget the rest.
///
/// The generalist has no say about how likely the special classes are there: examples of these count for them already, and
/// would count twice.
package struct SpecialistLoss: Objective {
  /// [classes]: whether it is a special one.
  private let isSpecial: [Bool]
  /// Classes that are not, ascending.
  private let others: [Int]
  private let hard = HardTargetLoss()
  private let soft: SoftTargetLoss

  /// - Parameters:
  ///   - labels: of a specialist with an output for each class.
  ///   - soft: for how the other classes compare in examples of theirs.
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
    // A generalist that is sure of a special class has nothing to say of the others.
    guard mass > 0 else { return hard.loss(logits: logits, label: label, target: nil, gradient: gradient) }
    let apart = lossApart(logits, gradient)
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

  /// -log of the probability of all others together, what the dustbin class learns where there is one.
  private func lossApart(_ logits: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>)
    -> ExampleLoss
  {
    // As though the label were the most probable of the others: its terms cancel in what follows.
    let largest = others.reduce(others[0]) { logits[$1] > logits[$0] ? $1 : $0 }
    let own = hard.loss(logits: logits, label: largest, target: nil, gradient: gradient)
    let sum = others.reduce(0) { $0 + exp(Double(logits[$1] - logits[largest])) }
    for other in others { gradient[other] -= Float(exp(Double(logits[other] - logits[largest])) / sum) }
    gradient[largest] += 1
    return ExampleLoss(
      loss: max(0, own.loss - log(sum)), uninformed: own.uninformed - log(Double(others.count)),
      curvature: own.curvature)
  }
}
