import Stage
import Storage

/// Names of the classes of a set: `T-shirt`, `O`, `l`.
package enum LabelNames {
  /// Key in a manifest.
  package static let parameter = "label-names"
  private static let byteLimit = 1 << 24

  /// Reads a text file with one name per line, in the order of the labels.
  ///
  /// - Parameter path: of a UTF-8 file.
  /// - Returns: [classes].
  /// - Throws: `StorageError`; `.malformed` for a line that is empty, repeated, or contains control characters.
  package static func read(_ path: String) throws -> [String] {
    let bytes = try InputFile.contents(of: path, limit: byteLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StorageError.malformed(path: path, reason: "expected UTF-8, one name a line")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.last == "\r" ? String($0.dropLast()) : String($0)
    }
    // The newline at the end of the last line starts no further name.
    if lines.last == "" { lines.removeLast() }
    var known: Set<String> = []
    for (number, line) in lines.enumerated() {
      // Names appear on terminals, which would obey control characters.
      let isPlain = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      guard !line.isEmpty, isPlain, known.insert(line).inserted else {
        throw StorageError.malformed(
          path: path, reason: "line \(number + 1): expected a name of its own, found '\(line.prefix(40))'")
      }
    }
    return lines
  }

  /// Parameters for a manifest; empty without names.
  package static func parameters(_ labelMap: LabelMap) -> [String: JSONValue] {
    labelMap.names.map { [parameter: JSONValue($0)] } ?? [:]
  }

  /// The names in a manifest; nil if there are none, or if their number does not fit.
  package static func of(_ manifest: Manifest) -> [String]? {
    guard case .array(let values)? = manifest.parameters[parameter],
      values.count == manifest.counts["classes"]
    else { return nil }
    let names = values.compactMap(\.string)
    return names.count == values.count ? names : nil
  }
}
