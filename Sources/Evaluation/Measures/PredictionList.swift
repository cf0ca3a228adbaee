import Datasets
import Foundation
import Networks
import Stage
import Storage

/// A model's predictions for pictures, as a table, CSV or JSON.
package struct PredictionList: Encodable {
  /// The prediction for one picture.
  private struct Row: Encodable {
    let file: String
    let row: Int
    let prediction: Int
    let label: String
    /// [outputs], each exactly a 32-bit float.
    let probabilities: [Double]
  }

  private let model: Digest
  private let temperature: Double
  private let labelNames: [String]
  private var predictions: [Row] = []
  private let predictor: Model

  private enum CodingKeys: CodingKey { case model, temperature, labelNames, predictions }

  /// - Parameters:
  ///   - model: the model that predicts the classes.
  ///   - temperature: temperature of the softmax, > 0.
  package init(_ model: Model, temperature: Double) {
    (self.model, self.temperature, predictor) = (model.source.digest, temperature, model)
    labelNames = model.labelMap.outputNames
  }

  /// Computes and adds the predictions for pictures.
  ///
  /// - Parameter pictures: at least one; all of the same shape.
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  package mutating func add(_ pictures: [Picture]) throws {
    let classes = labelNames.count
    let logits = try predictor.logits(Features(pictures.flatMap(\.pixels), shape: pictures[0].shape))
    let logProbabilities = Temperature.logSoftmax(logits, classes: classes, temperature: temperature)
    for (number, picture) in pictures.enumerated() {
      // Rounded to floats, so that table, CSV and JSON show the same digits.
      let probabilities = logProbabilities[number * classes..<(number + 1) * classes].map { Float(exp($0)) }
      let prediction = Evaluation.prediction(probabilities[...])
      predictions.append(
        Row(
          file: picture.file, row: picture.row, prediction: prediction, label: labelNames[prediction],
          probabilities: probabilities.map(Double.init)))
    }
  }

  /// A table for a terminal.
  ///
  /// - Parameter top: largest number of classes shown for each picture, at least 1.
  /// - Returns: one line for each picture.
  package func table(top: Int) -> Table {
    // Beyond the number of classes there would be empty columns.
    let shown = min(top, labelNames.count)
    let heading = ["file", "row", "class", "p"] + (1..<shown).flatMap { _ in ["then", "p"] }
    return Table(
      [heading]
        + predictions.map { row in
          [row.file, String(row.row)]
            + TopK.order(row.probabilities[...]).prefix(shown).flatMap {
              [labelNames[$0], Format.percent(row.probabilities[$0])]
            }
        })
  }

  /// The heading of the lines from `takeCSV`.
  package var csvHeading: String {
    CSV.text([["file", "row", "prediction", "label"] + labelNames.indices.map { "p\($0)" }])
  }

  /// Returns the predictions so far as comma-separated values and removes them from the list, so that memory does not
  /// grow with the number of pictures.
  ///
  /// - Returns: one line for each picture.
  package mutating func takeCSV() -> String {
    defer { predictions = [] }
    return CSV.text(
      predictions.map { row in
        // As floats, which print the fewest digits that restore the same float.
        [row.file, String(row.row), String(row.prediction), row.label]
          + row.probabilities.map { "\(Float($0))" }
      })
  }
}
