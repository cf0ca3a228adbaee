import Foundation

/// Builds HTML.
enum HTML {
  /// Escapes text for HTML content and quoted attributes.
  static func escape(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case let other where isForbidden(other): result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// Control characters and noncharacters, which a document must not hold.
  private static func isForbidden(_ character: Unicode.Scalar) -> Bool {
    let isControl = character.properties.generalCategory == .control && character != "\n" && character != "\t"
    return isControl || character.properties.isNoncharacterCodePoint
  }

  /// A table with a caption, a heading and rows; the first column names the row.
  ///
  /// - Parameters:
  ///   - caption: title of the table.
  ///   - heading: [columns], plain text.
  ///   - rows: [rows][columns], plain text; aligned to the right.
  ///   - words: numbers of columns to align to the left, beside the first.
  /// - Returns: HTML.
  static func table(_ caption: String, heading: [String], rows: [[String]], words: Set<Int> = []) -> String {
    func style(_ column: Int) -> String { words.contains(column) ? " class=\"words\"" : "" }
    let head = heading.enumerated().map { "<th scope=\"col\"\(style($0))>\(escape($1))</th>" }.joined()
    let body = rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == 0 ? "<th scope=\"row\">\(escape(cell))</th>" : "<td\(style(column))>\(escape(cell))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    // A wide table scrolls inside its region; `tabindex` lets the keyboard scroll it too.
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(escape(caption))"><table>
      <caption>\(escape(caption))</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  /// The whole page, self-contained: a browser loads nothing else.
  static func page(title: String, sections: [Section]) -> String {
    let links = sections.map { "<li><a href=\"#\($0.id)\">\(escape($0.title))</a></li>" }
    let parts = sections.map { section in
      """
      <section id="\(section.id)" aria-labelledby="\(section.id)-title">
      <h2 id="\(section.id)-title">\(escape(section.title))</h2>
      \(section.body)
      </section>
      """
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escape(title))</title>
      <style>
      \(Style.text)
      </style>
      </head>
      <body>
      <header><h1>\(escape(title))</h1></header>
      <nav aria-label="Sections"><ul>
      \(links.joined(separator: "\n"))
      </ul></nav>
      <main>
      \(parts.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }
}

/// A section of the report.
struct Section {
  /// Anchor in the page, unique.
  let id: String
  let title: String
  /// HTML.
  let body: String
}
