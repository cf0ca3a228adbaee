import Foundation
import Storage
import TestSupport

/// The repository that the tests belong to, for tests of its form.
enum Repository {
  /// A path below the repository.
  static func path(_ relative: String) -> String { reference("../../" + relative) }

  /// The text of a file, by its path below the repository.
  static func text(_ relative: String) throws -> String {
    String(decoding: try bytes(path(relative)), as: UTF8.self)
  }

  /// Swift files below a folder, generated ones included, by their paths below the repository.
  static func swiftFiles(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path(folder)).filter { $0.hasSuffix(".swift") }.map {
      "\(folder)/\($0)"
    }
  }

  /// Modules that `Package.swift` names for each target of a kind: `library`, `program` or `tests`.
  static func declaredModules(_ kind: String) throws -> [String: Set<String>] {
    let pattern = try Regex<(Substring, Substring, Substring)>(
      "\\b\(kind)\\(\\s*\"([^\"]+)\",?((?:\\s*\"[^\"]+\",?)*)")
    var found: [String: Set<String>] = [:]
    for match in try text("Package.swift").matches(of: pattern) {
      found[String(match.1)] = Set(match.2.matches(of: /[A-Za-z-]+/).map { String($0.0) })
    }
    return found
  }

  /// Whether a library of `Package.swift` is C code.
  static func isC(_ library: String) -> Bool { library.hasPrefix("C") && library != "CounterRandom" }
}
