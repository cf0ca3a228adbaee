import Stage
import Storage

/// How soft targets are stored: with how many bits, and of how many classes.
package struct SoftTargetEncoding: Equatable, Sendable {
  package enum Precision: String, Sendable, CaseIterable { case f32, f16 }

  /// How the classes outside the top k share what is left.
  static let tailRule = "uniform"

  package var precision = Precision.f32
  /// Classes kept for each example; nil for all.
  package var topK: Int?

  package init() {}

  /// Whether what is stored is less than the dense 32-bit probabilities.
  package var isLossy: Bool { precision == .f16 || topK != nil }

  /// As a manifest keeps it.
  package var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = ["dtype": JSONValue(precision.rawValue)]
    if let topK {
      parameters["top-k"] = JSONValue(topK)
      parameters["tail"] = JSONValue(Self.tailRule)
    }
    return parameters
  }

  /// The one that made a directory; nil for parameters that no version of ours wrote.
  init?(_ parameters: [String: JSONValue], classes: Int) {
    guard let precision = parameters["dtype"]?.string.flatMap(Precision.init) else { return nil }
    self.precision = precision
    guard let value = parameters["top-k"] else { return }
    guard let k = value.int, (1...classes).contains(k), parameters["tail"]?.string == Self.tailRule else {
      return nil
    }
    topK = k
  }

  /// By how much the sum of a row of `classes` probabilities may miss 1.
  ///
  /// A half has 11 bits, so each moves by at most 2^-11 of itself; below 2^-14 halves lie 2^-24 apart, and those that
  /// would be 0 were rounded up to that.
  func sumTolerance(classes: Int) -> Double {
    let rounding = 1e-4
    return precision == .f32 ? rounding : rounding + 0x1p-11 + Double(classes) * 0x1p-24
  }

  /// Dense probabilities as a student gets them back, except for the rounding to 16 bits.
  package func stored(_ dense: [Float], classes: Int) -> [Float] {
    topK.map { TopK(dense: dense, classes: classes, k: $0).dense(classes: classes) } ?? dense
  }
}
