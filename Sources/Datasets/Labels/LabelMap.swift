import Foundation
import Stage
import Storage

/// What the outputs of a net stand for: classes, under the names that people have for them. A specialist tells its special
/// classes apart from all others (paper, section 5).
package struct LabelMap: Equatable, Sendable {
  /// How the classes that are not special are told apart.
  package enum Form: String, Sendable, CaseIterable {
    /// They share one output behind those of the special classes: the dustbin class (paper, section 5.2).
    case dustbin
    /// Each has an output, as in the generalist (paper, section 6.1).
    case full
  }

  /// Labels are below it.
  package let classes: Int
  /// [classes], as people call them; nil where nobody has named them.
  package let names: [String]?
  /// Different classes, ascending, not all there are; nil of a net that was taught all classes alike.
  package let special: [Int]?
  /// How the classes are told apart that are not special.
  package let form: Form
  /// [outputs]: what was added to the logits for classes to be as frequent as they are; nil for nothing.
  package var prior: [Double]?
  /// [outputs]; empty without special classes.
  private let isSpecialOutput: [Bool]

  /// An output for each class.
  ///
  /// - Parameters:
  ///   - classes: how many.
  ///   - names: [classes]; nil without.
  package init(classes: Int, names: [String]? = nil) {
    precondition(names.map { $0.count == classes } ?? true, "names of other classes")
    self.classes = classes
    self.names = names
    (special, form, isSpecialOutput) = (nil, .full, [])
  }

  /// Of a specialist.
  ///
  /// - Parameters:
  ///   - special: at least one class, and not all, each once.
  ///   - form: how the others are told apart.
  ///   - all: of the generalist.
  package init(special: [Int], form: Form, of all: LabelMap) {
    let sorted = Set(special).sorted()
    precondition(
      sorted.count == special.count && Self.canBeSpecial(sorted, of: all.classes), "not special: \(special)")
    (classes, names, self.special, self.form) = (all.classes, all.names, sorted, form)
    var flags = [Bool](repeating: false, count: form == .full ? all.classes : sorted.count + 1)
    for output in form == .full ? sorted : Array(sorted.indices) { flags[output] = true }
    isSpecialOutput = flags
  }

  /// The same with the names of another map of the same classes, where it has none of its own.
  package func named(like other: LabelMap) -> LabelMap {
    guard names == nil, let names = other.names, other.classes == classes else { return self }
    let all = LabelMap(classes: classes, names: names)
    var named = special.map { LabelMap(special: $0, form: form, of: all) } ?? all
    named.prior = prior
    return named
  }

  /// Whether classes, ascending, can be those of a specialist.
  package static func canBeSpecial(_ classes: [Int], of count: Int) -> Bool {
    !classes.isEmpty && classes.count < count && classes[0] >= 0 && classes[classes.count - 1] < count
  }

  /// Outputs of the net.
  package var outputs: Int { special.flatMap { form == .full ? nil : $0.count + 1 } ?? classes }

  /// The outputs of the special classes, ascending.
  package var specialOutputs: [Int] { isSpecialOutput.indices.filter { isSpecialOutput[$0] } }

  /// Whether an output stands for a special class.
  package func isSpecial(output: UInt32) -> Bool { !isSpecialOutput.isEmpty && isSpecialOutput[Int(output)] }

  /// Classes that are not special, ascending.
  package var others: [Int] {
    let special = Set(special ?? [])
    return (0..<classes).filter { !special.contains($0) }
  }

  /// [classes]: the output that stands for each class.
  package var outputOfClass: [Int] {
    guard let special, form == .dustbin else { return Array(0..<classes) }
    var outputs = [Int](repeating: special.count, count: classes)
    for (output, label) in special.enumerated() { outputs[label] = output }
    return outputs
  }

  /// The outputs that stand for `labels`.
  package func outputs(of labels: [UInt32]) -> [UInt32] {
    guard special != nil, form == .dustbin else { return labels }
    let outputs = outputOfClass.map { UInt32($0) }
    return labels.map { outputs[Int($0)] }
  }

  /// [outputs]: the examples of each, of those of each class.
  package func perOutput(_ perClass: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: outputs)
    for (label, output) in outputOfClass.enumerated() { counts[output] += perClass[label] }
    return counts
  }

  /// The name of a class, or its number.
  package func name(of label: Int) -> String { names?[label] ?? String(label) }

  /// The special classes, for messages: `3,5,8`.
  package var specialText: String { (special ?? []).map(String.init).joined(separator: ",") }

  /// [outputs], for people.
  package var outputNames: [String] {
    guard let special, form == .dustbin else { return (0..<classes).map(name) }
    return special.map(name) + ["others"]
  }

  /// [outputs], where some class has a name, or an output stands for several classes.
  package var givenNames: [String]? { names == nil && form == .full ? nil : outputNames }

  /// What is to be added to the logits of a net that saw special and other classes equally often, so that its
  /// probabilities are right for images as they come: the logarithm of how much more frequent the others are in truth
  /// (paper, section 5.2: "incrementing the logit of the dustbin class by the log of the proportion by which the
  /// specialist class is oversampled").
  ///
  /// - Parameters:
  ///   - specialExamples: of the training set, above 0.
  ///   - otherExamples: of the training set, above 0.
  /// - Returns: [outputs].
  package func prior(specialExamples: Int, otherExamples: Int) -> [Double] {
    let shift = log(Double(otherExamples) / Double(specialExamples))
    return isSpecialOutput.map { $0 ? 0 : shift }
  }
}
