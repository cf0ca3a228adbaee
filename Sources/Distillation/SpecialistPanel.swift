import Foundation
import Networks
import Stage
import Storage

/// A generalist and its specialists, who answer together (paper, section 5.4): the generalist's most probable classes
/// choose the specialists that are asked, and q minimises eq. 5. With none active q is the generalist's.
package struct SpecialistPanel: Predictor {
  /// A specialist.
  package struct Member: Sendable {
    /// Its weights.
    package let network: Network
    /// What its outputs stand for.
    package let specialty: Specialty
    /// For messages.
    package let path: String
  }

  /// Who decides which specialists are asked.
  package let generalist: ModelPredictor
  /// In the order in which they were named.
  package let specialists: [Member]
  /// How many of the generalist's classes count.
  package let top: Int
  /// [specialists]: whether a class is one of its special ones.
  private let isSpecial: [[Bool]]

  /// - Parameters:
  ///   - generalist: of all classes.
  ///   - specialists: of the same inputs and classes.
  ///   - top: at least 1; how many of the generalist's most probable classes choose.
  package init(_ generalist: ModelPredictor, _ specialists: [Member], top: Int) {
    self.generalist = generalist
    self.specialists = specialists
    self.top = top
    isSpecial = specialists.map { member in
      var flags = [Bool](repeating: false, count: member.specialty.classes)
      for label in member.specialty.special { flags[label] = true }
      return flags
    }
  }

  package var members: Int { 1 }
  package var classes: Int { generalist.classes }

  /// The logarithms of q, in nats: logits as good as any, as only their differences mean anything.
  package func logits(_ images: [UInt8]) throws -> [Float] {
    let own = try generalist.logits(images)
    let examples = own.count / classes
    let general = Temperature.logSoftmax(own, classes: classes, temperature: 1)
    let asked = (0..<examples).map { example in
      active(general[example * classes..<(example + 1) * classes])
    }
    let opinions = try opinions(images, asked: asked)
    // Many images ask the same ones.
    var joint: [[Int]: JointDistribution] = [:]
    var logits = own
    for example in 0..<examples where !asked[example].isEmpty {
      let start = example * classes
      let problem =
        joint[asked[example]]
        ?? JointDistribution(
          classes: classes, outputs: asked[example].map { specialists[$0].specialty.outputOfClass })
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
  private func opinions(_ images: [UInt8], asked: [[Int]]) throws -> [[[Double]]] {
    var opinions = [[[Double]]](repeating: [], count: asked.count)
    // In the order of their numbers, as they are asked.
    for (number, member) in specialists.enumerated() {
      let rows = asked.indices.filter { asked[$0].contains(number) }
      let logits = try member.logits(images, rows: rows)
      let outputs = member.specialty.outputs
      let probabilities = Temperature.logSoftmax(logits, classes: outputs, temperature: 1).map { exp($0) }
      for (place, row) in rows.enumerated() {
        opinions[row].append(Array(probabilities[place * outputs..<(place + 1) * outputs]))
      }
    }
    return opinions
  }
}

extension SpecialistPanel.Member {
  /// The logits of some images.
  ///
  /// - Parameters:
  ///   - images: [examples, pixels].
  ///   - rows: of those that are wanted.
  /// - Returns: [rows, outputs].
  /// - Throws: `InputError.notFinite`.
  func logits(_ images: [UInt8], rows: [Int]) throws -> [Float] {
    guard !rows.isEmpty else { return [] }
    let inputs = network.architecture.inputs
    let chosen = rows.flatMap { images[$0 * inputs..<($0 + 1) * inputs] }
    return try ModelPredictor([network], paths: [path]).logits(chosen)
  }
}

extension SpecialistPanel {
  /// A panel that was read, and what identifies its members.
  package struct Read: Sendable {
    /// To be asked.
    package let panel: SpecialistPanel
    /// The generalist first.
    package let models: [Network.Read]
  }

  /// Reads a generalist and its specialists.
  ///
  /// - Parameters:
  ///   - generalist: path of a model.
  ///   - specialists: paths of models of `dk-teach --specialist`, at least one.
  ///   - top: how many of the generalist's most probable classes choose.
  ///   - inputs: numbers in an image.
  ///   - classes: of the labels; nil to take those of the generalist.
  ///   - images: path of the images, for messages.
  /// - Returns: the panel, and what identifies its members.
  /// - Throws: as `Network.read`; `InputError.wrongModel`; `OptionError.wrongValue`.
  package static func read(
    _ generalist: String, _ specialists: [String], top: Int, inputs: Int, classes: Int?, of images: String
  ) throws -> Read {
    let first = try Network.read(generalist)
    let classes = classes ?? first.network.architecture.classes
    try first.expect(inputs: inputs, classes: classes, of: images)
    guard (1...classes).contains(top) else {
      throw OptionError.wrongValue(option: "--top", expected: "1 to \(classes)", found: String(top))
    }
    let read = try specialists.map { try Network.read($0) }
    let members = try read.map { model in
      Member(
        network: model.network,
        specialty: try model.expectSpecialist(inputs: inputs, classes: classes, of: images),
        path: model.source.path)
    }
    return Read(
      panel: SpecialistPanel(ModelPredictor([first.network], paths: [generalist]), members, top: top),
      models: [first] + read)
  }
}
