/// How labels map to the outputs of a net: one for each class, unless some classes share one.
package struct OutputMap: Equatable, Sendable {
  /// Outputs that a net needs.
  package let count: Int
  /// [classes]; nil for the identity.
  private let outputs: [UInt32]?

  /// An output for each class.
  package init(classes: Int) {
    count = classes
    outputs = nil
  }

  /// An output for each of some classes, in their order, and one for all others: the dustbin class of a specialist
  /// (paper, section 5).
  ///
  /// - Parameters:
  ///   - special: different classes, each below `classes`; the dustbin is the output behind theirs.
  ///   - classes: of the labels.
  package init(special: [Int], classes: Int) {
    var outputs = [UInt32](repeating: UInt32(special.count), count: classes)
    for (output, label) in special.enumerated() { outputs[label] = UInt32(output) }
    (self.outputs, count) = (outputs, special.count + 1)
  }

  /// The outputs that stand for `labels`.
  package func outputs(of labels: [UInt32]) -> [UInt32] {
    guard let outputs else { return labels }
    return labels.map { outputs[Int($0)] }
  }
}
