import Foundation
import TestSupport
import Testing

/// Figures of the READMEs have a run behind them.
struct FigureTests {
  /// A mean and a standard deviation, however they are set.
  private static var figure: Regex<(Substring, Substring, Substring)> {
    /([0-9]+(?:\.[0-9]+)?)\s*±\s*([0-9]+(?:\.[0-9]+)?)/
  }

  private func figures(_ path: String) throws -> Set<String> {
    Set(
      try String(contentsOfFile: path, encoding: .utf8).matches(of: Self.figure).map { "\($0.1) ± \($0.2)" })
  }

  @Test(arguments: ["README.md", "pipelines/bench/README.md"])
  func `Every mean with its deviation is that of a kept result`(page: String) throws {
    let results = reference("../../pipelines/results")
    var kept: Set<String> = []
    for name in try #require(FileManager.default.enumerator(atPath: results)) {
      guard let name = name as? String, name.hasSuffix(".txt") else { continue }
      kept.formUnion(try figures("\(results)/\(name)"))
    }
    let stated = try figures(reference("../../\(page)"))
    #expect(!stated.isEmpty)
    #expect(stated.subtracting(kept).sorted() == [])
  }
}
