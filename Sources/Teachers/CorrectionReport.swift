import Stage
import Storage

/// The changes by a calibration, as a table and as JSON.
package struct CorrectionReport: Encodable {
  private let outputs: [DirectorySummary]
  private let results: [String: JSONValue]

  /// - Parameters:
  ///   - summary: summary of the output directory.
  ///   - manifest: manifest of the calibration.
  package init(_ summary: DirectorySummary, _ manifest: Manifest) {
    (outputs, results) = ([summary], manifest.results)
  }

  /// A table for a terminal.
  package var table: Table { Table(results["temperature"] == nil ? biasRows : temperatureRows) }

  private var temperatureRows: [[String]] {
    ["temperature", "nll-before", "nll-after"].map { [$0, number(results[$0])] }
  }

  /// One row for each class.
  private var biasRows: [[String]] {
    let lists = ["before", "wanted", "after", "shifts"].map { results[$0]?.array ?? [] }
    // The shortest list decides: an edited manifest may have lists of different lengths.
    let classes = lists.map(\.count).min() ?? 0
    return [["class", "mean before", "wanted", "after", "shift of the logit"]]
      + (0..<classes).map { label in [String(label)] + lists.map { number($0[label]) } }
  }

  private func number(_ value: JSONValue?) -> String { value?.double.map(Format.significant) ?? "-" }
}
