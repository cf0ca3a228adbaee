import Foundation
import Stage
import Storage

/// Evaluations of several models side by side, each compared with the first.
package struct ModelComparison: Codable, Sendable {
  /// One model, or one ensemble.
  package struct Row: Codable, Sendable {
    /// Name for people, usually the path.
    package let name: String
    /// The model's evaluation.
    package let evaluation: EvaluationReport
    /// Throughput of the evaluation with reading; nil for an evaluation read from a file.
    package let imagesPerSecond: Double?
    /// Comparison with the first model; nil for the first, for other images, or if errors are too many to list.
    package let paired: PairedErrors?
  }

  /// Largest file to read, in bytes: room for hundreds of models with 20,000 listed errors each.
  private static let fileLimit = 1 << 28

  /// In the order of the command line.
  package let models: [Row]

  /// - Parameter evaluations: names, evaluations and speeds.
  package init(_ evaluations: [(name: String, evaluation: EvaluationReport, imagesPerSecond: Double?)]) {
    let first = evaluations.first?.evaluation
    models = evaluations.enumerated().map { number, entry in
      Row(
        name: entry.name, evaluation: entry.evaluation, imagesPerSecond: entry.imagesPerSecond,
        paired: number == 0 ? nil : Self.paired(first, entry.evaluation))
    }
  }

  /// Reads the JSON of an evaluation or a comparison.
  ///
  /// - Parameter path: of the file.
  /// - Returns: the evaluations in it, with their names if the file has them.
  /// - Throws: `InputError.noEvaluation` for a file that is neither; `StorageError` if it cannot be read.
  package static func kept(_ path: String) throws -> [(
    name: String?, evaluation: EvaluationReport, imagesPerSecond: Double?
  )] {
    let content = try InputFile.contents(of: path, limit: fileLimit)
    // Both have a key `models`, of rows here and of digests there, so a file decodes as one of the two at most.
    if let comparison = try? JSONDecoder().decode(ModelComparison.self, from: Data(content)) {
      return comparison.models.map { ($0.name, $0.evaluation, $0.imagesPerSecond) }
    }
    do {
      let report = try JSONDecoder().decode(EvaluationReport.self, from: Data(content))
      return [(report.modelNames?.joined(separator: " + "), report, nil)]
    } catch {
      throw InputError.noEvaluation(path: path)
    }
  }

  private static func paired(_ first: EvaluationReport?, _ other: EvaluationReport) -> PairedErrors? {
    // McNemar's test needs both models on the same examples.
    guard let first, first.images == other.images, let rows = first.errorRows, let others = other.errorRows
    else { return nil }
    // Paired by position, which is valid only because both saw the same directory: `images` is its digest.
    return PairedErrors(first: rows, other: others)
  }

  /// The comparison as a table.
  ///
  /// - Returns: lines for a terminal.
  package var table: String {
    let hasFidelity = models.contains { $0.evaluation.fidelity != nil }
    var heading = ["model", "parameters", "errors", "of", "rate", "95 % interval", "NLL", "ECE"]
    if hasFidelity { heading += ["agreement", "T² KL"] }
    heading += ["images/s", "p beside the first"]
    return Table(
      [heading]
        + models.map { row in
          let own = row.evaluation
          var cells = [
            row.name, own.parameters.map(String.init) ?? "", String(own.errors), String(own.examples),
            Format.percent(own.errorRate),
            own.errorRateInterval.map(Format.percent).joined(separator: " to "),
            Format.significant(own.negativeLogLikelihood), Format.percent(own.expectedCalibrationError),
          ]
          if hasFidelity {
            cells +=
              own.fidelity.map { [Format.percent($0.agreement), Format.significant($0.scaled)] } ?? ["", ""]
          }
          return cells + [
            row.imagesPerSecond.map(Format.count) ?? "",
            row.paired.map { "\(Format.significant($0.pValue)) (\($0.firstAlone):\($0.otherAlone))" } ?? "",
          ]
        }
    ).text
  }

  /// The comparison as CSV, with all digits.
  ///
  /// - Returns: lines of comma-separated values, the first with the names of the columns.
  package var csv: String {
    let heading = [
      "model", "parameters", "errors", "examples", "error_rate", "interval_low", "interval_high", "nll",
      "ece",
      "agreement", "kl", "temperature", "images_per_second", "first_alone", "other_alone", "p_value",
      "digest",
    ]
    let rows = models.map { row in
      let own = row.evaluation
      func text(_ value: (some CustomStringConvertible)?) -> String { value.map(\.description) ?? "" }
      return [
        row.name, text(own.parameters), text(own.errors), text(own.examples),
        text(own.errorRate),
        text(own.errorRateInterval.first), text(own.errorRateInterval.last), text(own.negativeLogLikelihood),
        text(own.expectedCalibrationError), text(own.fidelity?.agreement), text(own.fidelity?.divergence),
        text(own.fidelity?.temperature), text(row.imagesPerSecond), text(row.paired?.firstAlone),
        text(row.paired?.otherAlone), text(row.paired?.pValue),
        own.models.map(\.hex).joined(separator: " "),
      ]
    }
    return CSV.text([heading] + rows)
  }
}
