/// Comma-separated values (RFC 4180), with the line breaks of Unix.
package enum CSV {
  /// Rows for a terminal: the last line is not ended.
  package static func text(_ rows: [[String]]) -> String { rows.map(line).joined(separator: "\n") }

  /// Rows for a file, each line ended, so that more can follow.
  package static func lines(_ rows: [[String]]) -> String { rows.map { line($0) + "\n" }.joined() }

  private static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") }

  private static func cell(_ text: String) -> String {
    // A blank at an end needs no quotes by the standard, and readers keep it.
    let isSpecial = text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return isSpecial ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
