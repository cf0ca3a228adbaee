/// Comma-separated values (RFC 4180), with the line breaks of Unix.
package enum CSV {
  /// Rows for a terminal, without a line break at the end.
  package static func text(_ rows: [[String]]) -> String { rows.map(line).joined(separator: "\n") }

  /// Rows for a file, each with a line break, so that more can follow.
  package static func lines(_ rows: [[String]]) -> String { rows.map { line($0) + "\n" }.joined() }

  private static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") }

  private static func cell(_ text: String) -> String {
    // Leading and trailing spaces need no quotes: by the standard they belong to the cell.
    let isSpecial = text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return isSpecial ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
