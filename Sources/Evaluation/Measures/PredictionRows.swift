import Datasets
import Foundation
import Stage

/// Predictions as CSV, shard by shard.
package struct PredictionRows {
  private let classes: Int

  /// - Parameter classes: whose probabilities are written.
  package init(classes: Int) { self.classes = classes }

  /// The first line, ended.
  package var heading: String {
    CSV.lines([["index", "variant", "source", "label", "prediction"] + (0..<classes).map { "p\($0)" }])
  }

  /// The lines of a shard; a label that is not there is empty.
  ///
  /// - Parameters:
  ///   - shard: the images.
  ///   - logProbabilities: [examples, classes], in nats.
  /// - Returns: one line a row, each ended.
  package func lines(_ shard: ImageShard, _ logProbabilities: [Double]) -> String {
    CSV.lines(
      (0..<shard.count).map { row in
        let values = logProbabilities[row * classes..<(row + 1) * classes]
        let origin = shard.origins[row]
        let own = [
          String(origin.index), String(origin.variant), origin.source.short,
          shard.labels.map { String($0[row]) } ?? "", String(Evaluation.prediction(values)),
        ]
        // As floats, in the fewest digits that give the same one back; no locale writes a comma here.
        return own + values.map { "\(Float(exp($0)))" }
      })
  }
}
