import Foundation

/// Agreement of models with their teachers' soft targets. It needs no labels, and it has much less noise than an error
/// count, so it is the better criterion for choosing a student on a validation set.
package struct Fidelity: Equatable, Sendable {
  /// Temperature of both distributions.
  package let temperature: Double
  /// Examples so far.
  package private(set) var examples = 0
  /// Examples for which teachers and models predict the same class.
  package private(set) var agreeing = 0
  private var divergenceSum = 0.0

  /// A comparison of no examples.
  package init(temperature: Double) { self.temperature = temperature }

  /// Share of the examples on which they agree, 0 to 1; 0 without examples.
  package var agreement: Double { Double(agreeing) / Double(max(1, examples)) }
  /// Mean over the examples of KL(p_T ‖ q_T), in nats, from the teachers' probabilities p to the models' q.
  package var divergence: Double { divergenceSum / Double(max(1, examples)) }

  /// Adds one example.
  ///
  /// - Parameters:
  ///   - targets: [classes], the teachers' probabilities at the temperature.
  ///   - logProbabilities: [classes], the models' at the same temperature, in nats.
  package mutating func add(_ targets: ArraySlice<Float>, _ logProbabilities: ArraySlice<Double>) {
    examples += 1
    let named = Evaluation.prediction(targets.map { Double($0) }[...])
    if named == Evaluation.prediction(logProbabilities) { agreeing += 1 }
    var divergence = 0.0
    for (target, logProbability) in zip(targets, logProbabilities) {
      // Each term of Σ p log(p/q) + q - p is at least 0, and Σ (q - p) is 0: so rounding cannot make KL negative.
      let p = Double(target)
      if p > 0 { divergence += p * (log(p) - logProbability) }
      divergence += exp(logProbability) - p
    }
    divergenceSum += max(0, divergence)
  }

  /// Adds the counts of other examples at the same temperature.
  mutating func add(_ other: Fidelity) {
    examples += other.examples
    agreeing += other.agreeing
    divergenceSum += other.divergenceSum
  }
}
