import Foundation

/// The softmax with a temperature (paper, eq. 1).
package enum Temperature {
  /// Class probabilities of rows of logits.
  ///
  /// - Parameters:
  ///   - logits: [examples, classes].
  ///   - temperature: > 0, no unit; 1 is the plain softmax.
  /// - Returns: [examples, classes]; each row sums to 1.
  package static func softmax(_ logits: [Float], classes: Int, temperature: Double) -> [Float] {
    precondition(temperature > 0 && classes > 0 && logits.count % classes == 0, "not rows of logits")
    var probabilities = [Float](repeating: 0, count: logits.count)
    for start in stride(from: 0, to: logits.count, by: classes) {
      let row = logits[start..<start + classes]
      let largest = Double(row.max() ?? 0)
      // In double precision: what is made once is read by many students.
      let powers = row.map { exp((Double($0) - largest) / temperature) }
      let sum = powers.reduce(0, +)
      for (offset, power) in powers.enumerated() { probabilities[start + offset] = Float(power / sum) }
    }
    return probabilities
  }

  /// As directory names have it: `20`, `2.5`.
  package static func name(_ temperature: Double) -> String {
    temperature == temperature.rounded() && temperature < 1e15
      ? String(Int(temperature)) : String(temperature)
  }
}

/// How several teachers make one distribution (paper, section 2: "the arithmetic or geometric mean of their
/// individual predictive distributions").
package enum Combination: String, Sendable, CaseIterable {
  case arithmetic
  case geometric

  /// - Parameter logits: [examples, teachers, classes].
  /// - Returns: [examples, classes] probabilities at the temperature.
  package func probabilities(
    _ logits: [Float], teachers: Int, classes: Int, temperature: Double
  ) -> [Float] {
    guard teachers > 1 else { return Temperature.softmax(logits, classes: classes, temperature: temperature) }
    let each =
      self == .arithmetic
      ? Temperature.softmax(logits, classes: classes, temperature: temperature) : logits
    let examples = logits.count / (teachers * classes)
    var mean = [Float](repeating: 0, count: examples * classes)
    for example in 0..<examples {
      for label in 0..<classes {
        let sum = (0..<teachers).reduce(0.0) {
          $0 + Double(each[(example * teachers + $1) * classes + label])
        }
        mean[example * classes + label] = Float(sum / Double(teachers))
      }
    }
    // The renormalised geometric mean of softmaxes is the softmax of the mean logits.
    return self == .arithmetic
      ? mean : Temperature.softmax(mean, classes: classes, temperature: temperature)
  }
}
