import Datasets
import Foundation

extension SpecialistPanel {
  /// Predictions of a generalist and its specialists for some examples, alone and together.
  package struct Answers {
    /// [examples, classes], in nats: the generalist's log-probabilities.
    fileprivate let general: [Double]
    /// [examples]: the numbers of the specialists that the generalist consults, ascending.
    package let consulted: [[Int]]
    /// [specialists].
    fileprivate let opinions: [Opinion]
    /// [examples, classes]: the logarithms of q.
    package fileprivate(set) var joint: [Float]
    fileprivate let classes: Int

    /// Log probabilities of the generalist for an example, [classes], in nats.
    package func general(of row: Int) -> ArraySlice<Double> { general[row * classes..<(row + 1) * classes] }

    /// Logits of a specialist for an example that it was run on, [outputs].
    package func logits(of specialist: Int, row: Int) -> ArraySlice<Float> { opinions[specialist][row] }
  }

  /// Predictions of one specialist for the examples that it was run on.
  fileprivate struct Opinion {
    let outputs: Int
    /// [asked, outputs].
    let logits: [Float]
    /// [examples]: the place of an example's logits; nil if the specialist was not run on it.
    let places: [Int?]

    subscript(row: Int) -> ArraySlice<Float> {
      guard let place = places[row] else {
        preconditionFailure("the specialist was not run on example \(row)")
      }
      return logits[place * outputs..<(place + 1) * outputs]
    }
  }

  /// Runs the generalist on every example, and each specialist once on those for which it is consulted and some more.
  ///
  /// - Parameters:
  ///   - features: [examples, inputs].
  ///   - more: [specialists]: examples on which a specialist is run in any case; q does not depend on them.
  /// - Returns: all predictions.
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  package func answers(_ features: Features, beside more: [[Int]]) throws -> Answers {
    let own = try generalist.logits(features)
    // Eq. 5 takes all distributions at T = 1; softening comes after it (section 5.4).
    let general = Temperature.logSoftmax(own, classes: outputs, temperature: 1)
    let consulted = (0..<features.count).map { row in active(general[row * outputs..<(row + 1) * outputs]) }
    let opinions = try specialists.indices.map { number in
      let asked = Set(more[number]).union(consulted.indices.filter { consulted[$0].contains(number) })
      return try opinion(of: specialists[number], features, rows: asked.sorted())
    }
    // Images that consult no specialist keep the generalist's own logits, bit for bit as without a panel.
    var answers = Answers(
      general: general, consulted: consulted, opinions: opinions, joint: own, classes: outputs)
    join(&answers)
    return answers
  }

  private func opinion(of member: any Predictor, _ features: Features, rows: [Int]) throws -> Opinion {
    var places = [Int?](repeating: nil, count: features.count)
    for (place, row) in rows.enumerated() { places[row] = place }
    // An example's logits do not depend on the others of its batch, so each net runs once for all.
    let logits = rows.isEmpty ? [] : try member.logits(features.rows(rows))
    return Opinion(outputs: member.outputs, logits: logits, places: places)
  }

  /// Solves eq. 5 for each example for which a specialist is consulted.
  private func join(_ answers: inout Answers) {
    // Many images consult the same specialists, so the merged classes are computed once for each combination.
    var problems: [[Int]: JointDistribution] = [:]
    for (row, asked) in answers.consulted.enumerated() where !asked.isEmpty {
      let problem =
        problems[asked]
        ?? JointDistribution(classes: outputs, outputs: asked.map { specialists[$0].labelMap.outputOfClass })
      problems[asked] = problem
      let opinions = asked.map { number in
        Temperature.logSoftmax(
          Array(answers.logits(of: number, row: row)), classes: specialists[number].outputs, temperature: 1
        ).map { exp($0) }
      }
      let q = problem.solve(answers.general(of: row).map { exp($0) }, opinions)
      for label in 0..<outputs { answers.joint[row * outputs + label] = Float(log(q[label])) }
    }
  }
}
