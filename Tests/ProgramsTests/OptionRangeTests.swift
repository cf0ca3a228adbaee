import Programs
import Stage
import Testing

@Suite struct OptionRangeTests {
  @Test(arguments: [("5", 5..<6), ("0-9", 0..<10), (" 3 ", 3..<4), ("0", 0..<1), ("7-7", 7..<8)])
  func `Rows are one number or a range`(text: String, rows: Range<Int>) throws {
    #expect(try OptionRange.rows(text) == rows)
  }

  @Test(arguments: ["", "-1", "9-0", "1,3", "a", "1-", "9223372036854775807", "0-99999999999"])
  func `Rows that are no range are refused with the option's name`(text: String) {
    #expect(
      throws: OptionError.wrongValue(
        option: "--shards", expected: "a shard or a range", found: "'\(text)'")
    ) { try OptionRange.rows(text, option: "--shards", expected: "a shard or a range") }
  }

  @Test func `A list without a gap is a range, too`() throws {
    #expect(try OptionRange.rows("1,2,3") == 1..<4)
    #expect(throws: OptionError.self) { try OptionRange.rows("3,2") }
  }

  @Test func `A temperature is a number above 0 that 32 bits hold`() throws {
    for value in [1e-30, 1, 20, 1e30] { try OptionRange.checkTemperature(value) }
    for value in [0, -1, 1e-60, 1e60, .infinity, .nan] {
      #expect(throws: OptionError.self) { try OptionRange.checkTemperature(value) }
    }
  }
}

@Suite struct ClassListTests {
  @Test func `Classes keep the order in which they were named`() throws {
    #expect(try ClassList.read("7,3-5", option: "--classes") == [7, 3, 4, 5])
    #expect(try ClassList.read(nil, option: "--classes") == nil)
    #expect(
      throws: OptionError.wrongValue(
        option: "--omit", expected: "classes such as 3 or 7,8", found: "'3;4'")
    ) { try ClassList.read("3;4", option: "--omit") }
  }
}
