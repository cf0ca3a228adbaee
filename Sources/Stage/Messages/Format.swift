import Foundation

/// Numbers as people read them.
package enum Format {
  /// `1.2 MB`, powers of a thousand.
  package static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "kB", "MB", "GB"] {
      if value < 1000 { return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit) }
      value /= 1000
    }
    return String(format: "%.1f TB", value)
  }

  /// `45 s`, `3 min 20 s`, `2 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "unknown time" }
    let whole = Int(seconds.rounded())
    // Not 10, or 9.96 would be shown as `10.0 s`.
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A rate or count to three digits or so.
  package static func count(_ value: Double) -> String {
    value < 10 ? String(format: "%.1f", value) : String(format: "%.0f", value)
  }

  /// Four significant digits.
  package static func significant(_ value: Double) -> String { String(format: "%.4g", value) }

  /// `1.46 %`.
  package static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

  /// A cell of comma-separated values (RFC 4180), quoted where it has to be.
  package static func csvCell(_ text: String) -> String {
    let isSpecial = text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return isSpecial ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }

  /// Columns aligned: the first to the left, the others to the right; the first row is the heading.
  package static func table(_ rows: [[String]]) -> String { table(rows, isLeft: { $0 == 0 }) }

  /// All columns aligned to the left.
  package static func table(left rows: [[String]]) -> String { table(rows, isLeft: { _ in true }) }

  private static func table(_ rows: [[String]], isLeft: (Int) -> Bool) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return isLeft(column) ? cell + padding : padding + cell
      }.joined(separator: "  ").trimmingSuffix(" ")
    }.joined(separator: "\n")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = self[...]
    while text.last == character { text.removeLast() }
    return String(text)
  }
}
