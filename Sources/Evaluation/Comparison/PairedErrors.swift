import Foundation

/// Two models on the same examples, by those that one gets right and the other wrong (McNemar 1947).
package struct PairedErrors: Codable, Equatable, Sendable {
  /// Errors of the first alone.
  package let firstAlone: Int
  /// Errors of the other alone.
  package let otherAlone: Int
  /// Two-sided: how likely a difference at least as large would be if both were equally good.
  package let pValue: Double

  /// - Parameters:
  ///   - first: positions of the examples that the first model gets wrong, ascending.
  ///   - other: of the other model.
  package init(first: [Int], other: [Int]) {
    let common = Set(first).intersection(other).count
    self.init(firstAlone: first.count - common, otherAlone: other.count - common)
  }

  /// - Parameters:
  ///   - firstAlone: errors of the first alone.
  ///   - otherAlone: errors of the other alone.
  package init(firstAlone: Int, otherAlone: Int) {
    self.firstAlone = firstAlone
    self.otherAlone = otherAlone
    pValue = Self.pValue(firstAlone, otherAlone)
  }

  /// The exact test: of n examples on which they differ, each is as likely to be the one's as the other's.
  private static func pValue(_ one: Int, _ other: Int) -> Double {
    let trials = one + other
    guard one != other else { return 1 }
    // By logarithms, as 2^-n underflows; from the largest term down, each a fixed multiple of the one before.
    let few = min(one, other)
    var term = exp(
      lgamma(Double(trials + 1)) - lgamma(Double(few + 1)) - lgamma(Double(trials - few + 1))
        - Double(trials) * log(2))
    var tail = 0.0
    for count in stride(from: few, through: 0, by: -1) {
      tail += term
      term *= Double(count) / Double(trials - count + 1)
    }
    return min(1, 2 * tail)
  }
}
