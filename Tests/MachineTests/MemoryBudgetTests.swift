import Machine
import Testing

@Suite struct MemoryBudgetTests {
  @Test func `What is needed is taken or refused, in megabytes that do not contradict each other`() throws {
    var budget = MemoryBudget(bytes: 300_000_000)
    try budget.take(199_999_999, for: "first")
    #expect(budget.bytes == 100_000_001)
    let fault = MachineError.tooLittleMemory(name: "second", needed: 100_000_002, available: 100_000_001)
    #expect(throws: fault) { try budget.take(100_000_002, for: "second") }
    #expect(budget.bytes == 100_000_001)
    #expect(
      fault.description
        == "second: not enough memory: expected 101 MB, found 100 MB available; free memory or "
        + "raise its limit")
    #expect(fault.kind == .inputOutput)
  }

  @Test func `What saves time is left out where there is no room`() {
    var budget = MemoryBudget(bytes: 100)
    let offered = [
      budget.offers(60), budget.offers(60), budget.offers(40), budget.offers(0), budget.offers(1),
    ]
    #expect(offered == [true, false, true, true, false])
  }

  @Test(arguments: [(4, 10, 4), (4, 25, 4), (4, 26, 3), (4, 100, 1), (4, 101, 0), (3, 0, 3)])
  func `As many works go on at a time as there is room for`(most: Int, each: Int, expected: Int) throws {
    let budget = MemoryBudget(bytes: 100)
    #expect(budget.atOnce(most, each: each) == expected)
    // Each then finds what it needs in its part.
    if expected > 0 {
      var part = budget.divided(by: expected)
      try part.take(each, for: "a part")
    }
  }

  @Test func `Of what the machine has, something is left`() {
    #expect(MemoryBudget(available: 1_000_000_000).bytes == 900_000_000 - (16 << 20))
    #expect(MemoryBudget(available: 10).bytes == 0)
    #expect(MemoryBudget.ofProgram.bytes > 0)
    #expect(MemoryBudget.ofProgram == MemoryBudget.ofProgram)
  }
}
