import Stage
import Storage

/// What people call the classes of a set: `T-shirt`, `O`, `l`.
package enum LabelNames {
  /// In a manifest.
  package static let parameter = "label-names"
  private static let byteLimit = 1 << 24

  /// Reads a text of one name a line, in the order of the labels.
  ///
  /// - Parameter path: of a file in UTF-8.
  /// - Returns: [classes].
  /// - Throws: `StorageError`; `StorageError.malformed` for a line that is empty, given twice, or no plain text.
  package static func read(_ path: String) throws -> [String] {
    let bytes = try InputFile.contents(of: path, limit: byteLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StorageError.malformed(path: path, reason: "expected UTF-8, one name a line")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.last == "\r" ? String($0.dropLast()) : String($0)
    }
    // What ends the last line begins no other.
    if lines.last == "" { lines.removeLast() }
    var known: Set<String> = []
    for (number, line) in lines.enumerated() {
      // A name is shown on terminals, which obey what is no character.
      let isPlain = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      guard !line.isEmpty, isPlain, known.insert(line).inserted else {
        throw StorageError.malformed(
          path: path, reason: "line \(number + 1): expected a name of its own, found '\(line.prefix(40))'")
      }
    }
    return lines
  }

  /// As a manifest keeps them.
  package static func parameters(_ labelMap: LabelMap) -> [String: JSONValue] {
    labelMap.names.map { [parameter: JSONValue($0)] } ?? [:]
  }

  /// Those of a manifest; nil where it has none, or none that fit.
  package static func of(_ manifest: Manifest) -> [String]? {
    guard case .array(let values)? = manifest.parameters[parameter],
      values.count == manifest.counts["classes"]
    else { return nil }
    let names = values.compactMap(\.string)
    return names.count == values.count ? names : nil
  }
}
