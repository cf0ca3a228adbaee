import Foundation
import Stage
import Storage

/// The classes behind the outputs of a net, with their names. A specialist distinguishes its special classes from all
/// others (paper, section 5).
package struct LabelMap: Equatable, Sendable {
  /// The outputs for classes that are not special.
  package enum Form: String, Sendable, CaseIterable {
    /// One common output after those of the special classes: the dustbin class (paper, section 5.2).
    case dustbin
    /// One output each, as in the generalist (paper, section 6.1).
    case full
  }

  /// Number of classes; every label is below it.
  package let classes: Int
  /// [classes], names of the classes; nil without names.
  package let names: [String]?
  /// The special classes, ascending and distinct, at least one and not all; nil for a generalist.
  package let special: [Int]?
  /// The outputs for classes that are not special.
  package let form: Form
  /// [outputs], the correction for class frequencies that was added to the logits; nil without one.
  package var prior: [Double]?
  /// [outputs], true for a special class; empty for a generalist.
  private let isSpecialOutput: [Bool]

  /// The map of a generalist, with one output for each class.
  ///
  /// - Parameters:
  ///   - classes: number of classes.
  ///   - names: [classes]; nil without names.
  package init(classes: Int, names: [String]? = nil) {
    precondition(names.map { $0.count == classes } ?? true, "names of other classes")
    self.classes = classes
    self.names = names
    (special, form, isSpecialOutput) = (nil, .full, [])
  }

  /// The map of a specialist.
  ///
  /// - Parameters:
  ///   - special: distinct classes, at least one and not all.
  ///   - form: the outputs of the other classes.
  ///   - all: map of the generalist.
  package init(special: [Int], form: Form, of all: LabelMap) {
    let sorted = Set(special).sorted()
    precondition(
      sorted.count == special.count && Self.canBeSpecial(sorted, of: all.classes), "not special: \(special)")
    (classes, names, self.special, self.form) = (all.classes, all.names, sorted, form)
    // Dustbin: output k is the k-th special class and the last output is the dustbin. Full: outputs are classes.
    var flags = [Bool](repeating: false, count: form == .full ? all.classes : sorted.count + 1)
    for output in form == .full ? sorted : Array(sorted.indices) { flags[output] = true }
    isSpecialOutput = flags
  }

  /// Takes the names of another map of the same classes if this map has none.
  package func named(like other: LabelMap) -> LabelMap {
    guard names == nil, let names = other.names, other.classes == classes else { return self }
    let all = LabelMap(classes: classes, names: names)
    var named = special.map { LabelMap(special: $0, form: form, of: all) } ?? all
    named.prior = prior
    return named
  }

  /// Whether these classes, in ascending order, can be the special classes of a specialist.
  package static func canBeSpecial(_ classes: [Int], of count: Int) -> Bool {
    !classes.isEmpty && classes.count < count && classes[0] >= 0 && classes[classes.count - 1] < count
  }

  /// Number of outputs of the net.
  package var outputs: Int { special.flatMap { form == .full ? nil : $0.count + 1 } ?? classes }

  /// The outputs of the special classes, ascending.
  package var specialOutputs: [Int] { isSpecialOutput.indices.filter { isSpecialOutput[$0] } }

  /// Whether an output belongs to a special class.
  package func isSpecial(output: UInt32) -> Bool { !isSpecialOutput.isEmpty && isSpecialOutput[Int(output)] }

  /// The classes that are not special, ascending.
  package var others: [Int] {
    let special = Set(special ?? [])
    return (0..<classes).filter { !special.contains($0) }
  }

  /// [classes], the output of each class.
  package var outputOfClass: [Int] {
    guard let special, form == .dustbin else { return Array(0..<classes) }
    var outputs = [Int](repeating: special.count, count: classes)
    for (output, label) in special.enumerated() { outputs[label] = output }
    return outputs
  }

  /// The outputs of `labels`, element by element.
  package func outputs(of labels: [UInt32]) -> [UInt32] {
    // Output and class have the same number in the other forms, so no copy is made.
    guard special != nil, form == .dustbin else { return labels }
    let outputs = outputOfClass.map { UInt32($0) }
    return labels.map { outputs[Int($0)] }
  }

  /// [outputs], counts of examples by output.
  ///
  /// - Parameter perClass: [classes], counts of examples by class.
  /// - Returns: [outputs]; the dustbin class gets the sum of its classes.
  package func perOutput(_ perClass: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: outputs)
    for (label, output) in outputOfClass.enumerated() { counts[output] += perClass[label] }
    return counts
  }

  /// The name of a class, or its number without names.
  package func name(of label: Int) -> String { names?[label] ?? String(label) }

  /// The special classes for messages: `3,5,8`.
  package var specialText: String { (special ?? []).map(String.init).joined(separator: ",") }

  /// [outputs], names for reports.
  package var outputNames: [String] {
    guard let special, form == .dustbin else { return (0..<classes).map(name) }
    return special.map(name) + ["others"]
  }

  /// [outputs], names; nil if they would only be the numbers of the classes.
  package var givenNames: [String]? { names == nil && form == .full ? nil : outputNames }

  /// The correction for a net trained on special and other classes in equal numbers: added to the logits, it makes
  /// the probabilities right for the natural class frequencies. It is the logarithm of the ratio of other to special
  /// examples (paper, section 5.2: "incrementing the logit of the dustbin class by the log of the proportion by which
  /// the specialist class is oversampled").
  ///
  /// - Parameters:
  ///   - specialExamples: number in the training set, above 0.
  ///   - otherExamples: number in the training set, above 0.
  /// - Returns: [outputs] of a specialist: 0 for special classes; empty for a generalist.
  package func prior(specialExamples: Int, otherExamples: Int) -> [Double] {
    // Trained at odds of 1 : 1, used at odds of others : special. Bayes: p(y|x) changes by the ratio of the priors.
    let shift = log(Double(otherExamples) / Double(specialExamples))
    return isSpecialOutput.map { $0 ? 0 : shift }
  }
}
