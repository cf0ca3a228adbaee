import Datasets
import Foundation
import Stage
import Storage

/// Predictions as people or programs want them.
final class PredictionPrinter {
  enum Form {
    case table
    case csv
    case json
  }

  private struct Row: Codable {
    let file: String
    let row: Int
    let prediction: Int
    let label: String
    let probabilities: [Double]
  }

  private struct Report: Codable {
    let model: Digest
    let temperature: Double
    let labelNames: [String]
    let predictions: [Row]
  }

  /// Of the outputs.
  private let names: [String]
  private let top: Int
  private let form: Form
  private var rows: [Row] = []
  /// Lines of a table that is printed at its end, so that its columns stand.
  private var lines: [[String]] = []
  private var hasHeading = false

  init(names: [String], top: Int, form: Form) {
    self.names = names
    self.top = min(top, names.count)
    self.form = form
  }

  /// - Parameters:
  ///   - picture: that was seen.
  ///   - logProbabilities: of each output, in nats.
  ///   - shows: whether to print the picture as well.
  ///   - console: for what cannot wait.
  /// - Throws: `StorageError.writeFailed`.
  func add(_ picture: Picture, _ logProbabilities: ArraySlice<Double>, shows: Bool, _ console: Console) throws
  {
    let probabilities = logProbabilities.map { Float(exp($0)) }
    let order = TopK.order(probabilities[...])
    if shows, form == .table {
      try console.result(picture.shape.text(picture.pixels[...]).joined(separator: "\n"))
    }
    switch form {
    case .json:
      rows.append(
        Row(
          file: picture.file, row: picture.row, prediction: order[0], label: names[order[0]],
          probabilities: probabilities.map(Double.init)))
    case .csv:
      if !hasHeading {
        hasHeading = true
        let columns = (0..<names.count).map { "p\($0)" }
        try console.result((["file", "row", "prediction", "label"] + columns).joined(separator: ","))
      }
      let cells = [
        Format.csvCell(picture.file), String(picture.row), String(order[0]), Format.csvCell(names[order[0]]),
      ]
      try console.result((cells + probabilities.map { "\($0)" }).joined(separator: ","))
    case .table:
      lines.append(
        [picture.file, String(picture.row)]
          + order.prefix(top).flatMap { [names[$0], Format.percent(Double(probabilities[$0]))] })
    }
  }

  /// Prints what has waited.
  ///
  /// - Throws: `StorageError.writeFailed`.
  func finish(model: Digest, temperature: Double, _ console: Console) throws {
    switch form {
    case .csv: break
    case .json:
      try console.result(
        json: Report(
          model: model, temperature: temperature, labelNames: names,
          predictions: rows))
    case .table:
      let heading = ["file", "row", "class", "p"] + (1..<top).flatMap { _ in ["then", "p"] }
      try console.result(Format.table([heading] + lines))
    }
  }
}
