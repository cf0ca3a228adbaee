import Foundation
import Stage

/// The temperature at which a model's probabilities fit the labels best (Guo et al. 2017, "On Calibration of Modern
/// Neural Networks"): a net that is trained to be certain is more certain than it is right.
struct TemperatureFit {
  /// Of the inverse temperature. What is best beyond it is no temperature, but a net that is never wrong, or always.
  private static let range = 1e-3...1e3

  /// The temperature, and the mean negative log-likelihood in nats before and with it.
  let temperature: Double
  let (before, after): (Double, Double)

  /// Nil if no temperature is best.
  ///
  /// - Parameters:
  ///   - examples: with labels.
  ///   - threads: of which the result does not depend.
  /// - Throws: `StageError.interrupted`.
  init?(_ examples: CalibrationExamples, threads: Int) throws {
    func slope(_ inverse: Double) throws -> Double {
      try Self.likelihood(examples, inverse: inverse, threads: threads).slope
    }
    var (low, high) = (Self.range.lowerBound, Self.range.upperBound)
    guard try slope(low) < 0, try slope(high) > 0 else { return nil }
    // The loss is convex in 1 / T, so its slope changes sign once; by halves of the logarithm.
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
        let own = Double(logits[row * classes + Int(examples.labels[row])])
        sums[0] += log(sum) + (largest - own) * inverse
        // d/dβ (log Σ exp(β z) - β z_y) = Σ p z - z_y.
        sums[1] += weighted / sum - own
      }
    }
    return (sums[0] / Double(examples.count), sums[1] / Double(examples.count))
  }
}
