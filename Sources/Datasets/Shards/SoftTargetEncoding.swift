import Stage
import Storage

/// How soft targets are stored: with how many bits, and of how many classes.
package struct SoftTargetEncoding: Equatable, Sendable {
  /// IEEE 754 floats of 32 or of 16 bits.
  package enum Precision: String, Sendable, CaseIterable { case f32, f16 }

  /// How the classes outside the top k share what is left.
  static let tailRule = "uniform"

  /// Of the probabilities; a tail is always F32.
  package var precision = Precision.f32
  /// Classes kept for each example; nil for all.
  package var topK: Int?

  /// Dense and F32 if nothing else is said: nothing is lost.
  package init(precision: Precision = .f32, topK: Int? = nil) {
    (self.precision, self.topK) = (precision, topK)
  }

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

  /// Dense probabilities as a student gets them back: rounded, cut and normalised as by a file.
  ///
  /// - Parameters:
  ///   - dense: [examples, classes], rows sum to 1.
  ///   - classes: in a row.
  /// - Returns: [examples, classes], rows sum to 1.
  package func readBack(_ dense: [Float], classes: Int) -> [Float] {
    func stored(_ values: [Float]) -> [Float] {
      precision == .f16 ? Self.halves(values).map(Float.init) : values
    }
    guard isLossy else { return dense }
    guard let topK else { return Self.normalised(stored(dense), classes: classes) }
    let top = TopK(dense: dense, classes: classes, k: topK)
    return Self.normalised(
      top.dense(classes: classes, probabilities: stored(top.probabilities)), classes: classes)
  }

  /// Rounded up from zero, so that no class that the teacher thought possible becomes impossible.
  static func halves(_ values: [Float]) -> [Float16] {
    values.map { Float16(max($0, Float(Float16.leastNonzeroMagnitude))) }
  }

  /// Rows that were rounded, made to sum to 1 again, as the student's always do.
  static func normalised(_ values: [Float], classes: Int) -> [Float] {
    var values = values
    for row in 0..<values.count / classes {
      let place = row * classes..<(row + 1) * classes
      // In double precision: beside the large ones, a float loses the small ones of ten thousand classes.
      let sum = Float(values[place].reduce(0.0) { $0 + Double($1) })
      for index in place { values[index] /= sum }
    }
    return values
  }
}
