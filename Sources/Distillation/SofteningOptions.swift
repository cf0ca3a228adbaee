import ArgumentParser
import Datasets
import Stage

/// What shapes soft targets beside the teachers and the images.
package struct SofteningOptions: Sendable {
  package enum Precision: String, Sendable, CaseIterable { case f32, f16 }

  package var temperatures: [Double] = [1, 2, 4, 8, 20]
  package var combination = Combination.arithmetic
  package var precision = Precision.f32
  /// Classes kept for each example; nil for all.
  package var topK: Int?

  package init() {}

  /// - Throws: `DatasetError.wrongOption`.
  package func check(classes: Int) throws {
    for temperature in temperatures {
      guard temperature > 0, temperature.isFinite else {
        throw DatasetError.wrongOption("--temperatures: expected positive numbers, found \(temperature)")
      }
    }
    if let topK, !(1...classes).contains(topK) {
      throw DatasetError.wrongOption("--top-k: expected 1 to \(classes) classes, found \(topK)")
    }
  }

  /// Those that made a directory.
  ///
  /// - Throws: `StageError.wrongManifest` for values that no version of ours wrote.
  package init(_ manifest: Manifest) throws {
    func value(_ name: String) -> String? {
      if case .string(let text)? = manifest.parameters[name] { text } else { nil }
    }
    guard let combination = Combination(rawValue: value("combine") ?? Combination.arithmetic.rawValue),
      let precision = Precision(rawValue: value("dtype") ?? Precision.f32.rawValue)
    else {
      throw StageError.wrongManifest(path: Manifest.fileName, reason: "unknown combine or dtype")
    }
    self.combination = combination
    self.precision = precision
    topK = manifest.parameters["top-k"]?.int
  }

  /// Dense probabilities as a student gets them back, except for the rounding to 16 bits.
  package func stored(_ dense: [Float], classes: Int) -> [Float] {
    topK.map { TopK(dense: dense, classes: classes, k: $0).dense(classes: classes) } ?? dense
  }

  /// Whether what is stored is less than the dense 32-bit probabilities.
  package var isLossy: Bool { precision == .f16 || topK != nil }
}

extension SofteningOptions.Precision: ExpressibleByArgument {}
extension Combination: ExpressibleByArgument {}
