import Foundation
import TestSupport
import Testing

/// Each figure of the READMEs is that of a certain row of a certain record.
struct FigureTests {
  /// A mean and a standard deviation, with any spaces between.
  private static var figure: Regex<(Substring, Substring, Substring)> {
    /([0-9]+(?:\.[0-9]+)?)\s*±\s*([0-9]+(?:\.[0-9]+)?)/
  }

  private func figures(_ text: String) -> [String] {
    text.matches(of: Self.figure).map { "\($0.1) ± \($0.2)" }
  }

  /// Rows of tables, and paragraphs, that have figures.
  private func blocks(_ page: String) throws -> [String] {
    var found = [""]
    for line in try Repository.text(page).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty || line.hasPrefix("|") || found[found.count - 1].hasPrefix("|") { found.append("") }
      found[found.count - 1] += (found[found.count - 1].isEmpty ? "" : " ") + line
    }
    return found.filter { !figures($0).isEmpty }
  }

  /// The figure in the one row of a record's table that `label` names.
  private func figure(_ source: (record: String, row: String, column: Int)) throws -> String {
    // A record may have other tables than its first.
    let file = source.record.contains("/") ? "\(source.record).txt" : "\(source.record)/table.txt"
    var lines = try Repository.text("pipelines/results/\(file)").split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ") + " "
    }[...]
    let path = source.row.components(separatedBy: " / ")
    for section in path.dropLast() {
      lines = lines.drop { !$0.hasPrefix(section + " ") }.dropFirst()
    }
    let found = lines.filter { $0.hasPrefix(path[path.count - 1] + " ") }
    // Below a section the next row of that label is its own.
    try #require(path.count > 1 ? !found.isEmpty : found.count == 1, "\(source)")
    let own = figures(found[0])
    try #require(own.indices.contains(source.column), "\(source)")
    return own[source.column]
  }

  @Test func `Every mean with its deviation is that of its row in a record`() throws {
    for page in Set(FigureSource.all.map(\.page)) {
      for block in try blocks(page) {
        let sources = FigureSource.all.filter { $0.page == page && block.contains($0.anchor) }
        guard let source = sources.first, sources.count == 1 else {
          Issue.record("\(page): \(sources.count) sources for: \(block.prefix(80))")
          continue
        }
        #expect(try figures(block) == source.figures.map(figure), "\(page): \(source.anchor)")
      }
    }
  }

  @Test func `Every source has its row on a page`() throws {
    for source in FigureSource.all {
      #expect(try blocks(source.page).filter { $0.contains(source.anchor) }.count == 1, "\(source.anchor)")
    }
  }
}
