import Datasets
import Stage
import Storage

/// The sets of classes that were found, with the counts that explain them, as a table and as JSON.
package struct SpecialistSetReport: Encodable {
  private let outputs: [DirectorySummary]
  private let results: [String: JSONValue]
  private let labelNames: [String]?
  private let labelMap: LabelMap

  private enum CodingKeys: CodingKey { case outputs, results, labelNames }

  /// - Parameters:
  ///   - summary: of the directory.
  ///   - manifest: that the specialization wrote.
  ///   - labelMap: of the generalist.
  package init(_ summary: DirectorySummary, _ manifest: Manifest, labelMap: LabelMap) {
    (outputs, results) = ([summary], manifest.results)
    (labelNames, self.labelMap) = (labelMap.names, labelMap)
  }

  /// For people.
  package var table: Table {
    // Images without labels have no errors to count.
    let columns = [
      ("images", "images-of-set"), ("errors", "errors-of-set"), ("within the set", "errors-within"),
      ("mean correlation", "correlation"),
    ].filter { results[$0.1] != nil }
    return Table(
      [["set", "classes"] + columns.map(\.0)]
        + list("sets").enumerated().map { number, set in
          let names = (set.array ?? []).compactMap(\.int).map(labelMap.name)
          return [String(number), names.joined(separator: " ")]
            + columns.map { text(list($0.1).dropFirst(number).first) }
        })
  }

  private func text(_ value: JSONValue?) -> String {
    value?.int.map(String.init) ?? value?.double.map(Format.significant) ?? "-"
  }

  private func list(_ name: String) -> [JSONValue] { results[name]?.array ?? [] }
}
