import Foundation
import Testing

@testable import Reporting

/// Text of others in a page.
@Suite struct HTMLTests {
  @Test(arguments: [
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;"), ("&amp;", "&amp;amp;"),
    ("a<b>&'\"", "a&lt;b&gt;&amp;&#39;&quot;"), ("", ""), ("T² KL(p ‖ q)", "T² KL(p ‖ q)"), ("数字 ７", "数字 ７"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
  ])
  func `Special characters are escaped and others stay`(text: String, expected: String) {
    #expect(HTML.escape(text) == expected)
  }

  @Test func `A combining mark does not hide the character before it`() {
    // One Character each, which is not equal to the plain one.
    for mark in ["<", ">", "&", "\"", "'"] {
      #expect(HTML.escape(mark + "\u{301}") == HTML.escape(mark) + "\u{301}")
      #expect(HTML.escape(mark + "\u{200D}") == HTML.escape(mark) + "\u{200D}")
    }
  }

  @Test func `Control characters and noncharacters are replaced`() {
    let controls = Array(0..<0x20) + Array(0x7F..<0xA0)
    let noncharacters = [0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF]
    for code in controls + noncharacters where code != 0x09 && code != 0x0A {
      guard let character = Unicode.Scalar(UInt32(code)) else { continue }
      #expect(HTML.escape("a\(Character(character))b") == "a\u{FFFD}b", "\(code)")
    }
    for text in ["\u{A0}", "\u{FFFD}", "\u{FDCF}", "\u{FDF0}", "\u{10FFFD}"] {
      #expect(HTML.escape(text) == text)
    }
  }

  @Test func `A table holds caption, heading and cells as text`() {
    let hostile = "</td><script>\"'&"
    let markup = Markup(
      HTML.table(hostile, heading: [hostile, "n"], rows: [[hostile, "1"], ["b", hostile]], words: [1]))
    #expect(markup.faults.isEmpty, "\(markup.faults)")
    #expect(markup.tags("script").isEmpty && markup.tags("caption").count == 1)
    #expect(markup.tags("div").first?["aria-label"] == hostile)
    #expect(markup.text.components(separatedBy: hostile).count == 1 + 4)
    // The first cell of a row is its heading; a column of words is marked as such.
    #expect(markup.tags("th").map { $0["scope"] } == ["col", "col", "row", "row"])
    #expect(markup.tags("th").map { $0["class"] } == [nil, "words", nil, nil])
    #expect(markup.tags("td").map { $0["class"] } == ["words", "words"])
  }

  @Test func `A page links to its sections and fetches nothing`() {
    let title = "<b>\"T\" & 'U'</b>"
    let page = HTML.page(
      title: title,
      sections: [
        Section(id: "one", title: title, body: "<p>1</p>"), Section(id: "two", title: "2", body: ""),
      ])
    let markup = Markup(page)
    #expect(markup.faults.isEmpty, "\(markup.faults)")
    #expect(markup.tags("b").isEmpty && markup.tags("p").count == 1)
    // In the head, above the page, as a link and above the section.
    #expect(markup.text.components(separatedBy: title).count == 1 + 4)
    #expect(markup.tags("a").map { $0["href"] } == ["#one", "#two"])
    #expect(markup.tags("section").map { $0["id"] } == ["one", "two"])
    #expect(
      markup.tags.allSatisfy { $0["src"] == nil } && !page.contains("url(") && !page.contains("@import"))
  }
}
