import Stage
import Storage

/// The storage format of soft targets: precision and number of classes kept.
package struct SoftTargetEncoding: Equatable, Sendable {
  /// IEEE 754 floats of 32 or 16 bits.
  package enum Precision: String, Sendable, CaseIterable { case f32, f16 }

  /// The rule by which classes outside the top k share the remaining probability.
  static let tailRule = "uniform"

  /// Precision of the probabilities; the tail is always F32.
  package var precision = Precision.f32
  /// Number of classes kept for each example; nil for all.
  package var topK: Int?

  /// Dense F32, without loss, by default.
  package init(precision: Precision = .f32, topK: Int? = nil) {
    (self.precision, self.topK) = (precision, topK)
  }

  /// Whether the stored values differ from the dense 32-bit probabilities.
  package var isLossy: Bool { precision == .f16 || topK != nil }

  /// Parameters for the manifest.
  package var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = ["dtype": JSONValue(precision.rawValue)]
    if let topK {
      parameters["top-k"] = JSONValue(topK)
      parameters["tail"] = JSONValue(Self.tailRule)
    }
    return parameters
  }

  /// Reads the encoding from a manifest; nil for parameters that no version has written.
  init?(_ parameters: [String: JSONValue], classes: Int) {
    guard let precision = parameters["dtype"]?.string.flatMap(Precision.init) else { return nil }
    self.precision = precision
    guard let value = parameters["top-k"] else { return }
    guard let k = value.int, (1...classes).contains(k), parameters["tail"]?.string == Self.tailRule else {
      return nil
    }
    topK = k
  }

  /// Permitted error of the sum of a row of `classes` probabilities.
  ///
  /// A half has 11 significant bits, so rounding changes a value by at most 2^-11 of itself. Below 2^-14 halves are
  /// 2^-24 apart, and values that would round to 0 become 2^-24.
  func sumTolerance(classes: Int) -> Double {
    let rounding = 1e-4
    return precision == .f32 ? rounding : rounding + 0x1p-11 + Double(classes) * 0x1p-24
  }

  /// Applies the loss of storage to dense probabilities: rounded, cut to the top k and normalised, as a student reads
  /// them.
  ///
  /// - Parameters:
  ///   - dense: [examples, classes], rows sum to 1.
  ///   - classes: length of a row.
  /// - Returns: [examples, classes], rows sum to 1.
  package func readBack(_ dense: [Float], classes: Int) -> [Float] {
    func stored(_ values: [Float]) -> [Float] {
      precision == .f16 ? Self.halves(values).map(Float.init) : values
    }
    // Not even normalised: a reader of dense F32 gets the bits of the file.
    guard isLossy else { return dense }
    guard let topK else { return Self.normalised(stored(dense), classes: classes) }
    let top = TopK(dense: dense, classes: classes, k: topK)
    return Self.normalised(
      top.dense(classes: classes, probabilities: stored(top.probabilities)), classes: classes)
  }

  /// Rounds to halves, but never to 0: a class with a tiny probability must not become impossible.
  static func halves(_ values: [Float]) -> [Float16] {
    values.map { Float16(max($0, Float(Float16.leastNonzeroMagnitude))) }
  }

  /// Divides each row by its sum, because rounding has changed it and a student's probabilities sum to 1.
  static func normalised(_ values: [Float], classes: Int) -> [Float] {
    var values = values
    for row in 0..<values.count / classes {
      let place = row * classes..<(row + 1) * classes
      // Double precision: with ten thousand classes, a float sum would lose the small values beside the large ones.
      let sum = Float(values[place].reduce(0.0) { $0 + Double($1) })
      for index in place { values[index] /= sum }
    }
    return values
  }
}
