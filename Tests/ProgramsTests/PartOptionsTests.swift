import ArgumentParser
import Machine
import Programs
import Stage
import Testing

@Suite struct PartOptionsTests {
  /// What the options ask of a directory.
  private func request(_ words: String, force: Bool = false) throws -> OutputRequest {
    var request = OutputRequest(output: "out")
    request.force = force
    return try PartOptions.parse(words.split(separator: " ").map(String.init)).applied(to: request)
  }

  @Test func `A part is named by its share or by its shards`() throws {
    #expect(try request("--part 3/16").part == .share(3, of: 16))
    #expect(try request("--part 1/1").part == .share(1, of: 1))
    #expect(try request("--shards 40-59").part == .shards(40...59))
    #expect(try request("--shards 7").part == .shards(7...7))
    let whole = try request("")
    #expect(whole.part == nil && !whole.joinsParts && whole.output == "out")
    let finish = try request("--finish")
    #expect(finish.part == nil && finish.joinsParts)
  }

  @Test(arguments: ["0/4", "5/4", "4", "1/", "/4", "1/2/3", "a/b", "-1/4", "1/0", "1/99999999"])
  func `What is no part is refused`(part: String) {
    #expect(
      throws: OptionError.wrongValue(option: "--part", expected: "k/n such as 3/16", found: "'\(part)'")
    ) { try request("--part=\(part)") }
  }

  @Test(arguments: ["--part 1/2 --finish", "--part 1/2 --shards 0-3", "--shards 0 --finish"])
  func `Only one of them is asked for at a time`(words: String) {
    #expect(throws: OptionError.expectedOne(of: ["--part", "--shards", "--finish"])) { try request(words) }
  }

  @Test func `One of several processes replaces nothing`() throws {
    #expect(throws: OptionError.self) { try request("--part 1/2", force: true) }
    #expect(try request("--finish", force: true).force)
  }
}

@Suite struct SharedOptionsTests {
  @Test func `Threads are 1 to 1024`() throws {
    #expect(try CommonOptions.parse(["--threads", "3"]).threads == 3)
    #expect(try CommonOptions.parse([]).threads == Processors.count)
    for threads in ["0", "1025"] {
      #expect(throws: (any Error).self) { try CommonOptions.parse(["--threads", threads]) }
    }
  }

  @Test func `An output is asked for as its options say`() throws {
    let plain = try OutputOptions.parse(["--output", "d"]).request
    #expect(plain.output == "d" && !plain.force && !plain.check && !plain.dryRun)
    let forced = try OutputOptions.parse(["--output", "d", "--force", "--check", "--dry-run"]).request
    #expect(forced.force && forced.check && forced.dryRun)
    #expect(throws: (any Error).self) { try OutputOptions.parse(["--output", ""]) }
  }

  @Test func `A selection is what the options name`() throws {
    let options = try SelectionOptions.parse(["--omit", "3,8-9", "--fraction", "0.25"])
    let selection = try options.selection(seed: 5)
    #expect(selection.omitted == [3, 8, 9] && selection.only == nil)
    #expect(selection.fraction == 0.25 && selection.seed == 5 && !selection.isAll)
    #expect(try SelectionOptions.parse(["--only", "1"]).selection(seed: 0).only == [1])
    #expect(try SelectionOptions.parse([]).selection(seed: 0).isAll)
    #expect(throws: OptionError.self) {
      try SelectionOptions.parse(["--only", "x"]).selection(seed: 0)
    }
  }

  @Test func `Specialists stand beside one generalist`() throws {
    let panel = try PanelOptions.parse(["--specialists", "a", "b", "--top", "2"])
    #expect(panel.isGiven && panel.specialists == ["a", "b"] && panel.top == 2)
    try panel.check(generalists: ["g"], as: "teacher")
    for generalists in [[], ["g", "h"]] {
      #expect(
        throws: OptionError.wrongValue(
          option: "--specialists", expected: "them beside one teacher", found: "\(generalists.count)")
      ) { try panel.check(generalists: generalists, as: "teacher") }
    }
    try PanelOptions.parse([]).check(generalists: ["g", "h"], as: "teacher")
  }

  @Test func `A hyper-parameter that a model brings with it is not given beside it`() throws {
    let options = try TrainingArguments.parse(["--hidden", "5,4", "--epochs", "3"]).options(.student)
    #expect(options.hidden == [5, 4] && options.epochs == 3)
    #expect(throws: OptionError.expectedOne(of: ["--init", "--hidden"])) {
      try TrainingArguments.parse(["--hidden", "5", "--init", "m"]).options(.student)
    }
  }
}
