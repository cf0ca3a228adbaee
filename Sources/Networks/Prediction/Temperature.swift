import Foundation
import Storage

/// The softmax with a temperature (paper, eq. 1).
package enum Temperature {
  /// Class probabilities of rows of logits.
  ///
  /// - Parameters:
  ///   - logits: [examples, classes].
  ///   - classes: length of a row.
  ///   - temperature: > 0, no unit; 1 is the plain softmax.
  /// - Returns: [examples, classes]; each row sums to 1.
  package static func softmax(_ logits: [Float], classes: Int, temperature: Double) -> [Float] {
    logSoftmax(logits, classes: classes, temperature: temperature).map { Float(exp($0)) }
  }

  /// Logarithms of the class probabilities, in nats; they do not underflow.
  ///
  /// - Parameters:
  ///   - logits: [examples, classes].
  ///   - classes: length of a row.
  ///   - temperature: > 0, no unit; 1 is the plain softmax.
  /// - Returns: [examples, classes].
  package static func logSoftmax(_ logits: [Float], classes: Int, temperature: Double) -> [Double] {
    precondition(temperature > 0 && classes > 0 && logits.count % classes == 0, "not rows of logits")
    // Double precision: soft targets are computed once and read by many students.
    var result = logits.map(Double.init)
    for start in stride(from: 0, to: logits.count, by: classes) {
      let row = start..<start + classes
      // Eq. 1: q_i = exp(z_i / T) / Σ_j exp(z_j / T). Numerator and denominator are divided by the largest term, so
      // that no exponential overflows.
      let largest = result[row].max() ?? 0
      var sum = 0.0
      for place in row {
        result[place] = (result[place] - largest) / temperature
        sum += exp(result[place])
      }
      let logSum = log(sum)
      for place in row { result[place] -= logSum }
    }
    return result
  }

  /// The temperature as directory names write it: `20`, `2.5`.
  package static func name(_ temperature: Double) -> String { JSONValue(temperature).description }
}

/// The way to combine several teachers into one distribution (paper, section 1: "the arithmetic or geometric mean of
/// their individual predictive distributions").
package enum Combination: String, Sendable, CaseIterable {
  case arithmetic
  case geometric

  /// Combined class probabilities.
  ///
  /// - Parameters:
  ///   - logits: [examples, teachers, classes].
  ///   - teachers: at least one.
  ///   - classes: length of a row.
  ///   - temperature: > 0, no unit.
  /// - Returns: [examples, classes]; each row sums to 1.
  package func probabilities(
    _ logits: [Float], teachers: Int, classes: Int, temperature: Double
  ) -> [Float] {
    logProbabilities(logits, teachers: teachers, classes: classes, temperature: temperature).map {
      Float(exp($0))
    }
  }

  /// Logarithms of the combined class probabilities, in nats; they do not underflow.
  ///
  /// - Parameters:
  ///   - logits: [examples, teachers, classes].
  ///   - teachers: at least one.
  ///   - classes: length of a row.
  ///   - temperature: > 0, no unit.
  /// - Returns: [examples, classes].
  package func logProbabilities(_ logits: [Float], teachers: Int, classes: Int, temperature: Double)
    -> [Double]
  {
    guard teachers > 1 else {
      return Temperature.logSoftmax(logits, classes: classes, temperature: temperature)
    }
    let examples = logits.count / (teachers * classes)
    func mean(_ example: Int, _ label: Int, _ value: (Int) -> Double) -> Double {
      // In [examples, teachers, classes], teacher k is k rows of classes further on.
      let first = example * teachers * classes + label
      return (0..<teachers).reduce(0.0) { $0 + value(first + $1 * classes) } / Double(teachers)
    }
    let places = (0..<examples).flatMap { example in (0..<classes).map { (example, $0) } }
    switch self {
    case .geometric:
      // The renormalised geometric mean of softmaxes is the softmax of the mean logits.
      return Temperature.logSoftmax(
        places.map { place in Float(mean(place.0, place.1) { Double(logits[$0]) }) }, classes: classes,
        temperature: temperature)
    case .arithmetic:
      // log((1 / K) Σ_k p_k) for K teachers, computed from the log p_k.
      let each = Temperature.logSoftmax(logits, classes: classes, temperature: temperature)
      return places.map { example, label in
        // In [examples, teachers, classes], as in `mean`.
        let first = example * teachers * classes + label
        // log Σ exp x_k = m + log Σ exp(x_k - m) with m the largest x_k: otherwise all terms could underflow
        // together.
        let largest = (0..<teachers).map { each[first + $0 * classes] }.max() ?? 0
        return largest + log(mean(example, label) { exp(each[$0] - largest) })
      }
    }
  }
}
