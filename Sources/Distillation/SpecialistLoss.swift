import Datasets
import Networks

/// What a specialist with an output for each class learns (paper, section 6.1): its special classes from their labels,
/// and all it knows of the others from the generalist's soft targets, so that a net that sees few classes does not
/// forget the rest.
package struct SpecialistLoss: Objective {
  private let isSpecial: [Bool]
  private let hard = HardTargetLoss()
  private let soft: SoftTargetLoss

  /// - Parameters:
  ///   - special: the special classes.
  ///   - classes: of the generalist.
  ///   - soft: for examples of the other classes.
  package init(special: [Int], classes: Int, soft: SoftTargetLoss) {
    let special = Set(special)
    isSpecial = (0..<classes).map { special.contains($0) }
    self.soft = soft
  }

  package func loss(
    logits: UnsafeBufferPointer<Float>, label: Int?, target: UnsafeBufferPointer<Float>?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> ExampleLoss {
    if let label, isSpecial[label] {
      return hard.loss(logits: logits, label: label, target: nil, gradient: gradient)
    }
    return soft.loss(logits: logits, label: label, target: target, gradient: gradient)
  }
}

extension Specialty {
  /// Which output stands for a label.
  package var outputMap: OutputMap { OutputMap(outputOfClass: outputOfClass, count: outputs) }
}
