import Datasets
import Stage
import Storage

/// The specialists' sets of classes, with their images, errors and correlations, as a table and as JSON.
package struct SpecialistSetReport: Encodable {
  private let outputs: [DirectorySummary]
  private let results: [String: JSONValue]
  private let labelNames: [String]?
  private let labelMap: LabelMap

  private enum CodingKeys: CodingKey { case outputs, results, labelNames }

  /// - Parameters:
  ///   - summary: summary of the output directory.
  ///   - manifest: manifest of the specialization.
  ///   - labelMap: classes of the generalist.
  package init(_ summary: DirectorySummary, _ manifest: Manifest, labelMap: LabelMap) {
    (outputs, results) = ([summary], manifest.results)
    (labelNames, self.labelMap) = (labelMap.names, labelMap)
  }

  /// A table for a terminal.
  package var table: Table {
    // Some columns are missing: without labels there are no errors to count.
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
