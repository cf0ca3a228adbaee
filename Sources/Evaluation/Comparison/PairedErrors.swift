import Foundation

/// Two models compared on the same examples, by those that only one of them gets wrong (McNemar 1947).
package struct PairedErrors: Codable, Equatable, Sendable {
  /// Examples that only the first gets wrong.
  package let firstAlone: Int
  /// Examples that only the other gets wrong.
  package let otherAlone: Int
  /// Two-sided p-value: probability of a difference at least as large if both models were equally good.
  package let pValue: Double

  /// - Parameters:
  ///   - first: positions of the first model's errors, each once.
  ///   - other: positions of the other model's errors, each once.
  package init(first: [Int], other: [Int]) {
    let common = Set(first).intersection(other).count
    self.init(firstAlone: first.count - common, otherAlone: other.count - common)
  }

  /// - Parameters:
  ///   - firstAlone: examples that only the first gets wrong.
  ///   - otherAlone: examples that only the other gets wrong.
  package init(firstAlone: Int, otherAlone: Int) {
    self.firstAlone = firstAlone
    self.otherAlone = otherAlone
    pValue = Self.pValue(firstAlone, otherAlone)
  }

  /// McNemar's exact test: of the n examples that only one model gets wrong, each falls to either model with
  /// probability 1/2, so the smaller count k is binomial. p = 2 Σ_{i ≤ k} C(n, i) 2^-n, at most 1.
  private static func pValue(_ one: Int, _ other: Int) -> Double {
    // Exact, because the χ² approximation fails for the few examples on which two good nets differ.
    let trials = one + other
    // With equal counts, or none, the two tails cover every outcome.
    guard one != other else { return 1 }
    // The largest term, i = k, by logarithms: C(n, k) overflows and 2^-n underflows. Downwards, C(n, i - 1) is
    // C(n, i) i / (n - i + 1).
    let few = min(one, other)
    let logChoices: Double =
      lgamma(Double(trials + 1)) - lgamma(Double(few + 1)) - lgamma(Double(trials - few + 1))
    var term = exp(logChoices - Double(trials) * log(2))
    var tail = 0.0
    for count in stride(from: few, through: 0, by: -1) {
      tail += term
      term *= Double(count) / Double(trials - count + 1)
    }
    return min(1, 2 * tail)
  }
}
