import ArgumentParser
import Datasets

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

  /// Whether what is stored is less than the dense 32-bit probabilities.
  package var isLossy: Bool { precision == .f16 || topK != nil }
}

extension SofteningOptions.Precision: ExpressibleByArgument {}
extension Combination: ExpressibleByArgument {}
