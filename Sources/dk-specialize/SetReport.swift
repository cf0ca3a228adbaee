import Datasets
import Stage
import Storage

/// The sets, with what explains them, as a table or as JSON.
struct SetReport {
  private struct Object: Encodable {
    let outputs: [DirectorySummary]
    let results: [String: JSONValue]
    let labelNames: [String]?
  }

  private let summary: DirectorySummary
  private let results: [String: JSONValue]
  private let labelMap: LabelMap

  init(_ summary: DirectorySummary, _ manifest: Manifest, labelMap: LabelMap) {
    self.summary = summary
    results = manifest.results
    self.labelMap = labelMap
  }

  /// - Throws: `StorageError.writeFailed`.
  func write(json: Bool, _ console: Console) throws {
    console.note(summary.made == 0 ? "up to date" : "done: \(summary.output)")
    if json {
      return try console.result(
        json: Object(outputs: [summary], results: results, labelNames: labelMap.names))
    }
    try console.result(Format.table(rows))
  }

  private var rows: [[String]] {
    let columns = [
      ("images", "images-of-set"), ("errors", "errors-of-set"), ("within the set", "errors-within"),
      ("mean correlation", "correlation"),
    ].filter { results[$0.1] != nil }
    return [["set", "classes"] + columns.map(\.0)]
      + list("sets").enumerated().map { number, set in
        var labels: [JSONValue] = []
        if case .array(let values) = set { labels = values }
        let names = labels.compactMap(\.int).map(labelMap.name)
        return [String(number), names.joined(separator: " ")]
          + columns.map { text(list($0.1).dropFirst(number).first) }
      }
  }

  private func text(_ value: JSONValue?) -> String {
    value?.int.map(String.init) ?? value?.double.map(Format.significant) ?? "-"
  }

  private func list(_ name: String) -> [JSONValue] {
    if case .array(let values)? = results[name] { values } else { [] }
  }
}
