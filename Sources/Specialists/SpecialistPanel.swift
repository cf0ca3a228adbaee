import Datasets
import Foundation
import Networks
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
    let own = try generalist.logits(features)
    let classes = outputs
    let examples = features.count
    let general = Temperature.logSoftmax(own, classes: classes, temperature: 1)
    let asked = (0..<examples).map { example in
      active(general[example * classes..<(example + 1) * classes])
    }
    let opinions = try opinions(features, asked: asked)
    // Many images ask the same ones.
    var joint: [[Int]: JointDistribution] = [:]
    var logits = own
    for example in 0..<examples where !asked[example].isEmpty {
      let start = example * classes
      let problem =
        joint[asked[example]]
        ?? JointDistribution(
          classes: classes, outputs: asked[example].map { specialists[$0].labelMap.outputOfClass })
      joint[asked[example]] = problem
      // The generalist's own logits where nobody is asked: the same bits as without specialists.
      let q = problem.solve(general[start..<start + classes].map { exp($0) }, opinions[example])
      for label in 0..<classes { logits[start + label] = Float(log(q[label])) }
    }
    return logits
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

  /// What the specialists that are asked say, [examples][asked][outputs]: each sees only the images for which it is.
  private func opinions(_ features: Features, asked: [[Int]]) throws -> [[[Double]]] {
    var opinions = [[[Double]]](repeating: [], count: asked.count)
    // In the order of their numbers, as they are asked.
    for (number, member) in specialists.enumerated() {
      let rows = asked.indices.filter { asked[$0].contains(number) }
      guard !rows.isEmpty else { continue }
      let logits = try member.logits(features.rows(rows))
      let outputs = member.outputs
      let probabilities = Temperature.logSoftmax(logits, classes: outputs, temperature: 1).map { exp($0) }
      for (place, row) in rows.enumerated() {
        opinions[row].append(Array(probabilities[place * outputs..<(place + 1) * outputs]))
      }
    }
    return opinions
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
