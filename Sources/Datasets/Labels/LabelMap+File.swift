import Foundation
import Stage
import Storage

/// Label maps in the metadata of a model file.
extension LabelMap {
  private static let namesKey = "label_names"
  private static let specialKey = "special_classes"
  private static let outputsKey = "output_classes"
  private static let priorKey = "prior"

  /// Metadata for a model file: names as a JSON array, the prior, and for a specialist the special classes and the
  /// classes of each output.
  package var metadata: [String: String] {
    var words: [String: String] = [:]
    if let names { words[Self.namesKey] = JSONValue(names).description }
    if let prior { words[Self.priorKey] = JSONValue(prior).description }
    guard let special else { return words }
    func list(_ classes: [Int]) -> String { classes.map(String.init).joined(separator: ",") }
    let each = form == .full ? (0..<classes).map { [$0] } : special.map { [$0] } + [others]
    words[Self.specialKey] = specialText
    words[Self.outputsKey] = each.map(list).joined(separator: ";")
    return words
  }

  /// Reads a label map. Names and prior are ignored if their number does not fit.
  ///
  /// - Parameters:
  ///   - metadata: of the file.
  ///   - outputs: number of outputs of the net.
  ///   - path: for messages.
  /// - Throws: `InputError.wrongModel` for impossible special classes.
  package init(_ metadata: [String: String], outputs: Int, path: String) throws {
    self = try Self.classes(metadata, outputs: outputs, path: path)
    guard let text = metadata[Self.priorKey],
      let prior = try? JSONDecoder().decode([Double].self, from: Data(text.utf8)), prior.count == outputs
    else { return }
    self.prior = prior
  }

  /// The label map without its prior.
  private static func classes(_ metadata: [String: String], outputs: Int, path: String) throws -> LabelMap {
    func named(_ classes: Int) -> LabelMap {
      let names = metadata[namesKey].flatMap {
        try? JSONDecoder().decode([String].self, from: Data($0.utf8))
      }
      return LabelMap(classes: classes, names: names.flatMap { $0.count == classes ? $0 : nil })
    }
    guard let text = metadata[specialKey] else { return named(outputs) }
    let special = NumberList.integers(text, in: 0...1 << 24) ?? []
    let numbers = metadata[outputsKey]?.split { $0 == ";" || $0 == "," } ?? []
    // Each map has exactly one written form, so a map is accepted only if it would be written like this.
    // `canBeSpecial` comes before `LabelMap(special:)`, which traps.
    for form in Form.allCases
    where special == Set(special).sorted() && canBeSpecial(special, of: numbers.count) {
      let map = LabelMap(special: special, form: form, of: named(numbers.count))
      if map.outputs == outputs, map.metadata[outputsKey] == metadata[outputsKey] { return map }
    }
    throw InputError.wrongModel(
      path: path, reason: "expected special_classes and output_classes of \(outputs) outputs, found others")
  }
}
