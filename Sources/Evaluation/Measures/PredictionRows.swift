import Datasets
import Foundation
import Stage

/// Predictions as CSV, written shard by shard.
package struct PredictionRows {
  private let classes: Int

  /// - Parameter classes: number of probabilities in a line.
  package init(classes: Int) { self.classes = classes }

  /// The header line, with its line end.
  package var heading: String {
    CSV.lines([["index", "variant", "source", "label", "prediction"] + (0..<classes).map { "p\($0)" }])
  }

  /// The lines of a shard; the label is empty for unlabelled images.
  ///
  /// - Parameters:
  ///   - shard: the images.
  ///   - logProbabilities: [examples, classes], in nats.
  /// - Returns: one line for each row, with line ends.
  package func lines(_ shard: ImageShard, _ logProbabilities: [Double]) -> String {
    CSV.lines(
      (0..<shard.count).map { row in
        let values = logProbabilities[row * classes..<(row + 1) * classes]
        let origin = shard.origins[row]
        let own = [
          String(origin.index), String(origin.variant), origin.source.short,
          shard.labels.map { String($0[row]) } ?? "", String(Evaluation.prediction(values)),
        ]
        // Swift prints a Float with the fewest digits that read back as the same value, whatever the locale.
        return own + values.map { "\(Float(exp($0)))" }
      })
  }
}
