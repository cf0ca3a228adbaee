import Datasets
import Foundation
import Networks
import Stage
import Storage

/// The classes that a model gives some pictures, as a table, as CSV and as JSON.
package struct PredictionList: Encodable {
  /// Of one picture.
  private struct Row: Encodable {
    let file: String
    let row: Int
    let prediction: Int
    let label: String
    /// [outputs], each a float of 32 bits.
    let probabilities: [Double]
  }

  private let model: Digest
  private let temperature: Double
  private let labelNames: [String]
  private var predictions: [Row] = []
  private let predictor: Model

  private enum CodingKeys: CodingKey { case model, temperature, labelNames, predictions }

  /// - Parameters:
  ///   - model: that names the classes.
  ///   - temperature: of the probabilities, > 0.
  package init(_ model: Model, temperature: Double) {
    (self.model, self.temperature, predictor) = (model.source.digest, temperature, model)
    labelNames = model.labelMap.outputNames
  }

  /// Adds some pictures.
  ///
  /// - Parameter pictures: at least one, of one shape.
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  package mutating func add(_ pictures: [Picture]) throws {
    let classes = labelNames.count
    let logits = try predictor.logits(Features(pictures.flatMap(\.pixels), shape: pictures[0].shape))
    let logProbabilities = Temperature.logSoftmax(logits, classes: classes, temperature: temperature)
    for (number, picture) in pictures.enumerated() {
      // As floats, of which a table, CSV and JSON show the same digits.
      let probabilities = logProbabilities[number * classes..<(number + 1) * classes].map { Float(exp($0)) }
      let prediction = Evaluation.prediction(probabilities[...])
      predictions.append(
        Row(
          file: picture.file, row: picture.row, prediction: prediction, label: labelNames[prediction],
          probabilities: probabilities.map(Double.init)))
    }
  }

  /// For people.
  ///
  /// - Parameter top: classes to name for each picture, at most; at least 1.
  /// - Returns: a line for each picture.
  package func table(top: Int) -> Table {
    // More than there are classes would be columns without cells.
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

  /// The heading of the lines that `takeCSV` gives.
  package var csvHeading: String {
    CSV.text([["file", "row", "prediction", "label"] + labelNames.indices.map { "p\($0)" }])
  }

  /// Comma-separated values of the pictures so far, which are then forgotten, so that memory does not grow with them.
  ///
  /// - Returns: a line for each picture.
  package mutating func takeCSV() -> String {
    defer { predictions = [] }
    return CSV.text(
      predictions.map { row in
        // As floats: the fewest digits that give the same one back.
        [row.file, String(row.row), String(row.prediction), row.label]
          + row.probabilities.map { "\(Float($0))" }
      })
  }
}
