import Datasets
import Foundation
import Stage
import Storage

/// A generalist and its specialists, who answer together (paper, section 5.4): the generalist's most probable classes
/// choose the specialists that are consulted, and q minimises eq. 5. With none active q is the generalist's.
package struct SpecialistPanel: Predictor {
  /// Its most probable classes choose the specialists.
  package let generalist: any Predictor
  /// In the order in which they were named; each knows the same classes.
  package let specialists: [any Predictor]
  /// How many of the generalist's classes count.
  package let top: Int
  /// [specialists]: whether a class is one of its special ones.
  private let isSpecial: [[Bool]]

  /// - Parameters:
  ///   - generalist: of all classes.
  ///   - specialists: of the same inputs and classes.
  ///   - top: at least 1; how many of the generalist's most probable classes choose.
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

  /// The logarithms of q, in nats: logits as good as any, as only their differences mean anything.
  package func logits(_ features: Features) throws -> [Float] {
    try answers(features, beside: specialists.map { _ in [] }).joint
  }

  /// The specialists of which a special class is among the generalist's most probable ones.
  ///
  /// - Parameter logProbabilities: [classes].
  /// - Returns: their numbers, ascending.
  package func active(_ logProbabilities: ArraySlice<Double>) -> [Int] {
    let first = logProbabilities.startIndex
    // Of equals the first class, as everywhere.
    let named = logProbabilities.indices.sorted {
      (logProbabilities[$1], $0) < (logProbabilities[$0], $1)
    }.prefix(top).map { $0 - first }
    return specialists.indices.filter { number in named.contains { isSpecial[number][$0] } }
  }
}

extension SpecialistPanel {
  /// A panel that was read, and what identifies its members.
  package struct Read: Sendable {
    /// To be asked.
    package let panel: SpecialistPanel
    /// The generalist first.
    package let models: [Model]
  }

  /// Reads a generalist and its specialists.
  ///
  /// - Parameters:
  ///   - generalist: path of a model.
  ///   - specialists: paths of specialists, at least one.
  ///   - top: how many of the generalist's most probable classes choose.
  ///   - inputs: numbers in an image.
  ///   - labels: of the images; nil to take those of the generalist.
  ///   - images: path of the images, for messages.
  /// - Returns: the panel, and what identifies its members.
  /// - Throws: as `Model`; `InputError.wrongModel`, `.otherClasses`; `ParameterError.wrongValue`.
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
