import Storage

/// Rows of text in columns: the only place where text is padded.
package struct Table: Equatable, Sendable {
  /// On which side of a column its cells stand.
  package enum Alignment: Sendable {
    /// The first column to the left, and the others, which hold numbers, to the right.
    case numbers
    /// All columns to the left.
    case left
  }

  private static let separator = "  "

  /// The heading first, if there is one; rows may be of different lengths.
  private let rows: [[String]]
  private let alignment: Alignment

  /// - Parameters:
  ///   - rows: of cells, the heading first if there is one.
  ///   - alignment: of the columns.
  package init(_ rows: [[String]], _ alignment: Alignment = .numbers) {
    // Escaped here and not only when it is printed: an escaped control character takes more columns.
    self.rows = rows.map { $0.map(\.printable) }
    self.alignment = alignment
  }

  /// Whether there is nothing to show.
  package var isEmpty: Bool { rows.isEmpty }

  /// Columns of a terminal that the widest line takes.
  package var width: Int { lines.map(\.displayWidth).max() ?? 0 }

  /// For a terminal: lines without trailing spaces, the last one not ended.
  package var text: String { lines.joined(separator: "\n") }

  /// Tables below one another with an empty line between; empty ones are left out.
  package static func text(of tables: [Table]) -> String {
    tables.filter { !$0.isEmpty }.map(\.text).joined(separator: "\n\n")
  }

  private var lines: [String] {
    let widths = widths
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.displayWidth)
        return alignment == .left || column == 0 ? cell + padding : padding + cell
      }
      // The last cell may be padded, or empty.
      return cells.joined(separator: Self.separator).trimmingTrailingSpaces
    }
  }

  /// Of each column, that of its widest cell.
  private var widths: [Int] {
    var widths = [Int](repeating: 0, count: rows.map(\.count).max() ?? 0)
    for row in rows {
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.displayWidth) }
    }
    return widths
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
