import Stage
import Storage
import Testing

@Suite struct TableTests {
  @Test func `Numbers stand to the right and names to the left`() {
    let table = Table([["model", "errors"], ["student", "74"], ["a", "1234567"]])
    #expect(
      table.text == """
        model     errors
        student       74
        a        1234567
        """)
    #expect(
      Table([["path", "x"], ["longer name", "yes"]], .left).text == """
        path         x
        longer name  yes
        """)
  }

  @Test func `Lines end without spaces, whatever is empty or missing`() {
    let rows = [["a", "b", "c"], ["long name", "", ""], ["x"], ["", "1", ""]]
    for table in [Table(rows), Table(rows, .left)] {
      let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 4 && lines.allSatisfy { !$0.hasSuffix(" ") }, "\(lines)")
    }
    #expect(Table([]).text.isEmpty && Table([]).isEmpty && Table([]).width == 0)
  }

  /// Terminals draw these in so many columns.
  @Test(arguments: [
    ("plain", 5), ("", 0), ("é", 1), ("e\u{301}", 1), ("数字", 4), ("한", 2), ("ｱ", 1), ("Ａ", 2), ("👍", 2),
    ("👍🏽", 2),
    ("👩‍👩‍👧", 2), ("🇨🇭", 2), ("❤", 1), ("❤️", 2), ("→", 1), ("\u{200B}", 0), ("co\u{AD}op", 5),
  ])
  func `A text has the width in which it is displayed`(text: String, width: Int) {
    #expect(text.displayWidth == width)
  }

  @Test func `Columns stand below each other by displayed width`() {
    let table = Table([["class", "errors"], ["数字", "1"], ["e\u{301}te\u{301}", "12"], ["seven", "3"]])
    #expect(
      table.text == """
        class  errors
        数字        1
        e\u{301}te\u{301}        12
        seven       3
        """)
    #expect(table.width == 13)
  }

  @Test func `Control characters are shown and counted as they are shown`() {
    let table = Table([["a\u{1B}[2J", "1"], ["b\nc", "22"]])
    #expect(
      table.text == """
        a\\u{1b}[2J   1
        b\\u{a}c     22
        """)
    // Printed again it is the same text: no line of it is escaped a second time.
    #expect(table.text.split(separator: "\n").allSatisfy { String($0).printable == $0 })
  }

  @Test func `Several tables have an empty line between them`() {
    #expect(Table.text(of: [Table([["a"]]), Table([]), Table([["b"]])]) == "a\n\nb")
  }
}

@Suite struct CSVTests {
  @Test func `Only cells that need it are quoted`() {
    let rows = [["plain", "1.5", ""], ["a,b", "say \"x\"", "two\nlines"]]
    #expect(CSV.text(rows) == "plain,1.5,\n\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"")
    #expect(CSV.lines(rows) == CSV.text(rows) + "\n" && CSV.lines([]).isEmpty)
  }
}
