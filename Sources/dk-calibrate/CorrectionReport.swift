import Stage
import Storage

/// What was corrected, as a table or as JSON.
struct CorrectionReport {
  private struct Object: Encodable {
    let outputs: [DirectorySummary]
    let results: [String: JSONValue]
  }

  private let summary: DirectorySummary
  private let results: [String: JSONValue]

  init(_ summary: DirectorySummary, _ manifest: Manifest) {
    self.summary = summary
    results = manifest.results
  }

  /// - Throws: `StorageError.writeFailed`.
  func write(json: Bool, _ console: Console) throws {
    console.note(summary.made == 0 ? "up to date" : "done: \(summary.output)")
    if json { return try console.result(json: Object(outputs: [summary], results: results)) }
    try console.result(Format.table(results["temperature"] == nil ? biasRows : temperatureRows))
  }

  private var temperatureRows: [[String]] {
    ["temperature", "nll-before", "nll-after"].map { [$0, number(results[$0])] }
  }

  private var biasRows: [[String]] {
    let columns = ["before", "wanted", "after", "shifts"]
    let lists = columns.map { column -> [JSONValue] in
      if case .array(let values)? = results[column] { values } else { [] }
    }
    let classes = lists.map(\.count).min() ?? 0
    return [["class", "mean before", "wanted", "after", "shift of the logit"]]
      + (0..<classes).map { label in [String(label)] + lists.map { number($0[label]) } }
  }

  private func number(_ value: JSONValue?) -> String { value?.double.map(Format.significant) ?? "-" }
}
