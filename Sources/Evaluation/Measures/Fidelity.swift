import Foundation

/// How near models are to what their teachers said of the same images. It has a fraction of the noise of an error
/// count, and needs no labels: what to choose a student by on a validation set.
package struct Fidelity: Equatable, Sendable {
  /// Of the soft targets; both distributions are compared at it.
  package let temperature: Double
  /// Examples counted so far.
  package private(set) var examples = 0
  /// Those of which teachers and models name the same class.
  package private(set) var agreeing = 0
  private var divergenceSum = 0.0

  /// Nothing counted yet.
  package init(temperature: Double) { self.temperature = temperature }

  /// Share of the examples, 0 to 1; 0 of none.
  package var agreement: Double { Double(agreeing) / Double(max(1, examples)) }
  /// Mean over the examples of KL(p_T ‖ q_T), in nats, from the teachers' probabilities p to the models' q.
  package var divergence: Double { divergenceSum / Double(max(1, examples)) }

  /// Counts one example.
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
      // By these terms, none below 0, rounding cannot make the sum negative.
      let p = Double(target)
      if p > 0 { divergence += p * (log(p) - logProbability) }
      divergence += exp(logProbability) - p
    }
    divergenceSum += max(0, divergence)
  }

  /// Adds what was counted elsewhere, at the same temperature.
  mutating func add(_ other: Fidelity) {
    examples += other.examples
    agreeing += other.agreeing
    divergenceSum += other.divergenceSum
  }
}
