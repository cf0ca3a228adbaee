import Storage

/// A table of text with aligned columns. No other code pads text.
package struct Table: Equatable, Sendable {
  /// Alignment of the cells in their columns.
  package enum Alignment: Sendable {
    /// The first column is left-aligned; the others hold numbers and are right-aligned.
    case numbers
    /// All columns are left-aligned.
    case left
  }

  private static let separator = "  "

  /// The rows, with the heading first if there is one; they may differ in length.
  private let rows: [[String]]
  private let alignment: Alignment

  /// - Parameters:
  ///   - rows: rows of cells, with the heading first if there is one.
  ///   - alignment: alignment of the columns.
  package init(_ rows: [[String]], _ alignment: Alignment = .numbers) {
    // Escaped before widths are measured, because an escaped control character takes more columns.
    self.rows = rows.map { $0.map(\.printable) }
    self.alignment = alignment
  }

  /// Whether the table has no rows.
  package var isEmpty: Bool { rows.isEmpty }

  /// Width of the widest line in terminal columns.
  package var width: Int { lines.map(\.displayWidth).max() ?? 0 }

  /// The lines for a terminal, without trailing spaces and without a line break at the end.
  package var text: String { lines.joined(separator: "\n") }

  /// Joins tables with an empty line between them. Empty tables are left out.
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
      // The last cell may be empty or padded, which would leave trailing spaces.
      return cells.joined(separator: Self.separator).trimmingTrailingSpaces
    }
  }

  /// Width of each column's widest cell.
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
