import Foundation
import Stage

/// The temperature of least negative log-likelihood on labelled examples (Guo et al. 2017, "On Calibration of Modern
/// Neural Networks"): a net trained on hard targets is usually more confident than accurate.
struct TemperatureFit {
  /// Range of the inverse temperature. A minimum beyond it means a model without errors (T → 0), or one that is worse
  /// than chance (T → ∞).
  private static let range = 1e-3...1e3

  /// The fitted temperature, no unit.
  let temperature: Double
  /// Mean negative log-likelihood in nats at T = 1, and at the fitted temperature.
  let (before, after): (Double, Double)

  /// Fits the temperature; nil if the loss has no minimum within the range.
  ///
  /// - Parameters:
  ///   - examples: with labels.
  ///   - threads: number of threads; does not change the result.
  /// - Throws: `StageError.interrupted`.
  init?(_ examples: CalibrationExamples, threads: Int) throws {
    func slope(_ inverse: Double) throws -> Double {
      try Self.likelihood(examples, inverse: inverse, threads: threads).slope
    }
    var (low, high) = (Self.range.lowerBound, Self.range.upperBound)
    guard try slope(low) < 0, try slope(high) > 0 else { return nil }
    // With β = 1/T the loss log Σ exp(β z) - β z_y is convex in β, so its slope changes sign once, between low and
    // high: bisection, on log β because the range spans six decades. 60 halvings leave less than a double resolves.
    for _ in 0..<60 {
      let middle = (low * high).squareRoot()
      if try slope(middle) < 0 { low = middle } else { high = middle }
    }
    let inverse = (low * high).squareRoot()
    temperature = 1 / inverse
    before = try Self.likelihood(examples, inverse: 1, threads: threads).loss
    after = try Self.likelihood(examples, inverse: inverse, threads: threads).loss
  }

  /// Mean negative log-likelihood of the labels at T = 1 / inverse, and its derivative by the inverse.
  private static func likelihood(_ examples: CalibrationExamples, inverse: Double, threads: Int) throws -> (
    loss: Double, slope: Double
  ) {
    let classes = examples.classes
    let sums = try examples.sum(threads: threads, width: 2) { rows, sums in
      for row in rows {
        let logits = examples.logits[row * classes..<(row + 1) * classes]
        let largest = Double(logits.max() ?? 0)
        var (sum, weighted) = (0.0, 0.0)
        for logit in logits {
          let power = exp((Double(logit) - largest) * inverse)
          sum += power
          weighted += power * Double(logit)
        }
        // Log-sum-exp with the largest logit taken out: no exponent is above 0.
        let own = Double(logits[row * classes + Int(examples.labels[row])])
        sums[0] += log(sum) + (largest - own) * inverse
        // d/dβ (log Σ exp(β z) - β z_y) = Σ p z - z_y.
        sums[1] += weighted / sum - own
      }
    }
    return (sums[0] / Double(examples.count), sums[1] / Double(examples.count))
  }
}
