import Foundation
import Storage
import TestSupport

/// Tests that a run skips because a variable of the environment is not set, found in the sources of the tests.
struct SkippedTests {
  /// Tests of one suite.
  private struct Entry {
    let variable: String
    let suite: String
    let count: Int
    let isWhole: Bool
  }

  private let entries: [Entry]

  /// - Parameters:
  ///   - sources: texts of files of tests by their suites' names.
  ///   - environment: as the tests see it.
  init(sources: [String: String], environment: [String: String]) {
    entries = sources.sorted { $0.key < $1.key }.flatMap { suite, text -> [Entry] in
      let whole = text.matches(of: /(?m)^@Suite\(\s*\.enabled\(if: [^"]*"needs (DK_\w+)/).map { String($0.1) }
      if let variable = whole.first(where: { environment[$0] == nil }) {
        let count = text.matches(of: /(?m)^  @Test\b/).count
        return [Entry(variable: variable, suite: suite, count: count, isWhole: true)]
      }
      let single = text.matches(of: /(?m)^  @Test\(\s*\.enabled\(if: [^"]*"needs (DK_\w+)/).map {
        String($0.1)
      }
      let missing = Dictionary(grouping: single.filter { environment[$0] == nil }) { $0 }
      return missing.sorted { $0.key < $1.key }.map {
        Entry(variable: $0, suite: suite, count: $1.count, isWhole: false)
      }
    }
  }

  /// Those of this run.
  ///
  /// - Throws: where the sources cannot be read.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    self.init(sources: try Self.sources(), environment: environment)
  }

  /// The sources of all tests by the names of their files.
  ///
  /// - Throws: where they cannot be read.
  static func sources() throws -> [String: String] {
    let folder = FileSystem.parent(FileSystem.parent(#filePath))
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
      $0.hasSuffix("Tests.swift")
    }
    return Dictionary(
      try paths.map {
        let text = String(decoding: try bytes("\(folder)/\($0)"), as: UTF8.self)
        return (String(FileSystem.name($0).dropLast(".swift".count)), text)
      }
    ) { $0 + $1 }
  }

  /// How many tests, a parameterised one counted once.
  var count: Int { entries.reduce(0) { $0 + $1.count } }

  /// One line for people; nil where nothing is skipped.
  var line: String? {
    guard !entries.isEmpty else { return nil }
    let parts = Dictionary(grouping: entries, by: \.variable).sorted { $0.key > $1.key }.map {
      variable, entries in
      let names = entries.map { $0.isWhole ? "all of \($0.suite)" : "\($0.count) of \($0.suite)" }
      return "\(variable) is not set (\(names.joined(separator: ", ")))"
    }
    return
      "\(count) tests are skipped: \(parts.joined(separator: "; ")). Run pipelines/test.sh for all tests."
  }
}
