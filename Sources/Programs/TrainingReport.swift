import Stage
import Storage
import Training

/// The results of trainings, as a table or as JSON.
struct TrainingReport {
  private struct Row: Encodable {
    let output: String
    let parameters: Int
    let results: [String: JSONValue]
  }

  private struct One: Encodable {
    let outputs: [DirectorySummary]
    let results: [String: JSONValue]
  }

  private struct Many: Encodable {
    let outputs: [DirectorySummary]
    let results: [[String: JSONValue]]
  }

  private let summaries: [DirectorySummary]
  private let rows: [Row]

  /// - Throws: `StorageError` if a log cannot be read.
  init(_ runs: [PlannedTraining]) throws {
    var summaries: [DirectorySummary] = []
    var rows: [Row] = []
    for run in runs {
      guard let manifest = run.directory.manifest else { continue }
      let output = run.directory.output
      summaries.append(DirectorySummary(output, manifest, made: run.made))
      var results = manifest.results
      // From the log, because the manifest of a model that does not depend on the validation set has no such errors.
      if let last = try StageLog(directory: output).entries(TrainingLogEntry.self).last {
        if let errors = last.validationErrors { results["validationErrors"] = JSONValue(errors) }
        if let examples = last.validationExamples { results["validationExamples"] = JSONValue(examples) }
      }
      rows.append(Row(output: output, parameters: manifest.counts["parameters"] ?? 0, results: results))
    }
    (self.summaries, self.rows) = (summaries, rows)
  }

  /// Writes it to stdout.
  ///
  /// - Parameters:
  ///   - json: one object instead of a table.
  ///   - isList: whether a list of seeds was given, even of one seed.
  ///   - console: for the output.
  /// - Throws: `StorageError.writeFailed`.
  func write(json: Bool, isList: Bool, _ console: Console) throws {
    // A list of seeds always gives an array, so that scripts need no special case for one seed.
    guard !isList, let only = rows.first else {
      let all = Many(outputs: summaries, results: rows.map(\.results))
      return try console.result(all, json: json, text: table(isList: isList).text)
    }
    try console.result(
      One(outputs: summaries, results: only.results), json: json, text: table(isList: isList).text)
  }

  private func table(isList: Bool) -> Table {
    let names = Set(rows.flatMap(\.results.keys)).sorted()
    var table = [["model", "parameters"] + names]
    for row in rows {
      table.append([row.output, String(row.parameters)] + names.map { row.results[$0]?.description ?? "-" })
    }
    // One net has a single row, which is easier to read as a column.
    if !isList { table = table[0].indices.map { column in table.map { $0[column] } } }
    return Table(table)
  }
}
