import Datasets
import Foundation
import Stage
import Storage

/// A generalist and its specialists as one predictor (paper, section 5.4): the generalist's most probable classes
/// decide which specialists are consulted, and q minimises eq. 5. Without any, q is the generalist's distribution.
package struct SpecialistPanel: Predictor {
  /// The net of all classes.
  package let generalist: any Predictor
  /// In the order of the command line; all have the generalist's classes.
  package let specialists: [any Predictor]
  /// Number of the generalist's most probable classes that decide which specialists are consulted.
  package let top: Int
  /// [specialists][classes]: whether a class is special.
  private let isSpecial: [[Bool]]

  /// - Parameters:
  ///   - generalist: the net of all classes.
  ///   - specialists: with the same inputs and classes.
  ///   - top: number of the generalist's most probable classes to look at, at least 1; the paper uses 1.
  package init(_ generalist: any Predictor, _ specialists: [any Predictor], top: Int) {
    self.generalist = generalist
    self.specialists = specialists
    self.top = top
    isSpecial = specialists.map { member in
      var flags = [Bool](repeating: false, count: member.labelMap.classes)
      for label in member.labelMap.special ?? [] { flags[label] = true }
      return flags
    }
  }

  package var inputs: Int { generalist.inputs }
  package var members: Int { 1 }
  package var labelMap: LabelMap { generalist.labelMap }
  package var parameterCount: Int {
    specialists.reduce(generalist.parameterCount) { $0 + $1.parameterCount }
  }

  /// log q in nats, [examples, classes]; these are logits, since softmax(log q) = q.
  ///
  /// - Throws: as `Predictor.logits`.
  package func logits(_ features: Features) throws -> [Float] {
    try answers(features, beside: specialists.map { _ in [] }).joint
  }

  /// The specialists to consult: those with a special class among the generalist's `top` most probable ones.
  ///
  /// - Parameter logProbabilities: [classes], of the generalist, in nats.
  /// - Returns: numbers of the specialists, ascending.
  package func active(_ logProbabilities: ArraySlice<Double>) -> [Int] {
    let first = logProbabilities.startIndex
    // Ties go to the lower class, as in `Evaluation.prediction`.
    let named = logProbabilities.indices.sorted {
      (logProbabilities[$1], $0) < (logProbabilities[$0], $1)
    }.prefix(top).map { $0 - first }
    return specialists.indices.filter { number in named.contains { isSpecial[number][$0] } }
  }
}

extension SpecialistPanel {
  /// A panel and the models that it was read from.
  package struct Read: Sendable {
    /// The predictor.
    package let panel: SpecialistPanel
    /// The generalist, then the specialists.
    package let models: [Model]
  }

  /// Reads a generalist and its specialists.
  ///
  /// - Parameters:
  ///   - generalist: path of a model.
  ///   - specialists: paths of specialists, at least one.
  ///   - top: number of the generalist's most probable classes to look at, 1 to all classes.
  ///   - inputs: numbers in an image.
  ///   - labels: classes of the images; nil for those of the generalist.
  ///   - images: path of the images, for messages.
  /// - Returns: the panel and its models.
  /// - Throws: as `Model`; `InputError.wrongModel`, `.otherClasses`, `.specialist` for a generalist that is one;
  ///   `ParameterError.wrongValue` for `top`.
  package static func read(
    _ generalist: String, _ specialists: [String], top: Int, inputs: Int, labels: LabelMap?, of images: String
  ) throws -> Read {
    let first = try Model(generalist)
    let labels = labels?.named(like: first.labelMap) ?? first.labelMap
    try first.expect(inputs: inputs, labels: labels, of: images)
    guard (1...labels.classes).contains(top) else {
      throw ParameterError.wrongValue(
        parameter: "top", expected: "1 to \(labels.classes)", found: String(top))
    }
    let read = try specialists.map { try Model($0) }
    for model in read { try model.expectSpecialist(inputs: inputs, labels: labels, of: images) }
    return Read(panel: SpecialistPanel(first, read, top: top), models: [first] + read)
  }
}
