import Foundation
import Stage

/// What a specialist's outputs stand for (paper, section 5): its special classes, and all others.
package struct Specialty: Equatable, Sendable {
  /// How the classes that are not special are told apart.
  package enum Form: String, Sendable, CaseIterable {
    /// They share one output behind those of the special classes: the dustbin class (paper, section 5.2).
    case dustbin
    /// Each has an output, as in the generalist (paper, section 6.1).
    case full
  }

  /// Different classes, ascending; not all there are.
  package let special: [Int]
  /// Of the generalist.
  package let classes: Int
  /// How the others are told apart.
  package let form: Form

  /// - Parameters:
  ///   - special: at least one class, and not all, each once and below `classes`.
  ///   - classes: of the generalist.
  ///   - form: how the others are told apart.
  package init(special: [Int], classes: Int, form: Form) {
    let sorted = Set(special).sorted()
    precondition(
      sorted.count == special.count && Self.isPossible(sorted, of: classes), "no specialty: \(special)")
    self.special = sorted
    self.classes = classes
    self.form = form
  }

  /// Whether classes, ascending, can be those of a specialist.
  package static func isPossible(_ special: [Int], of classes: Int) -> Bool {
    !special.isEmpty && special.count < classes && special[0] >= 0 && special[special.count - 1] < classes
  }

  /// For messages: `3,5,8`.
  package var name: String { special.map(String.init).joined(separator: ",") }

  /// Outputs of the net.
  package var outputs: Int { form == .full ? classes : special.count + 1 }

  /// Classes that are not special, ascending.
  package var others: [Int] {
    let special = Set(special)
    return (0..<classes).filter { !special.contains($0) }
  }

  /// [classes]: the output that stands for each class.
  package var outputOfClass: [Int] {
    if form == .full { return Array(0..<classes) }
    var outputs = [Int](repeating: special.count, count: classes)
    for (output, label) in special.enumerated() { outputs[label] = output }
    return outputs
  }

  /// What is added to the logits of a net that saw special and other classes equally often, so that its probabilities
  /// are right for images as they come: the logarithm of how much more frequent the others are in truth (paper,
  /// section 5.2: "incrementing the logit of the dustbin class by the log of the proportion by which the specialist
  /// class is oversampled").
  ///
  /// - Parameters:
  ///   - specialExamples: of the training set, above 0.
  ///   - otherExamples: of the training set, above 0.
  /// - Returns: [outputs].
  package func prior(specialExamples: Int, otherExamples: Int) -> [Double] {
    let shift = log(Double(otherExamples) / Double(specialExamples))
    let isSpecial = Set(outputsOfSpecial)
    return (0..<outputs).map { isSpecial.contains($0) ? 0 : shift }
  }

  /// The outputs of the special classes, in their order.
  package var outputsOfSpecial: [Int] { form == .full ? special : Array(special.indices) }

  /// As a model file keeps it: the special classes, and the classes of each output.
  var metadata: [String: String] {
    func list(_ classes: [Int]) -> String { classes.map(String.init).joined(separator: ",") }
    let each = form == .full ? (0..<classes).map { [$0] } : special.map { [$0] } + [others]
    return ["special_classes": name, "output_classes": each.map(list).joined(separator: ";")]
  }

  /// What a model file keeps; nil of one that is no specialist.
  ///
  /// - Parameters:
  ///   - metadata: of the file.
  ///   - outputs: of its net.
  ///   - path: for messages.
  /// - Throws: `InputError.wrongModel` for what no specialist of ours says.
  init?(_ metadata: [String: String], outputs: Int, path: String) throws {
    guard let text = metadata["special_classes"] else { return nil }
    let special = NumberList.integers(text, in: 0...1 << 24) ?? []
    let numbers = metadata["output_classes"]?.split { $0 == ";" || $0 == "," } ?? []
    // One way to write each: what is not what we would write is not ours.
    for form in Form.allCases
    where special == Set(special).sorted() && Self.isPossible(special, of: numbers.count) {
      self.init(special: special, classes: numbers.count, form: form)
      if self.outputs == outputs, self.metadata["output_classes"] == metadata["output_classes"] { return }
    }
    throw InputError.wrongModel(
      path: path, reason: "expected special_classes and output_classes of \(outputs) outputs, found others")
  }
}
