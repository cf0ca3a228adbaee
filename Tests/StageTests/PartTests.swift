import Foundation
import Stage
import Testing

struct PartTests {
  @Test func `Parts cover all shards, each once, and differ by one at most`() {
    for (count, parts) in [(0, 3), (1, 4), (33, 5), (100_000, 16), (7, 7), (3, 16)] {
      let ranges = (1...parts).map { Part.share($0, of: parts).positions(of: count) }
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
      #expect((ranges.map(\.count).max() ?? 0) - (ranges.map(\.count).min() ?? 0) <= 1)
    }
    #expect(Part.shards(4...6).positions(of: 6) == 4..<6)
    #expect(Part.shards(4...6).positions(of: 3).isEmpty)
  }

  @Test func `Numbers are named as ranges`() {
    #expect(NumberList.ranges([0, 1, 2, 5, 7, 8], limit: 8) == "0-2,5,7-8")
    #expect(NumberList.ranges([0, 2, 4, 6], limit: 2) == "0,2 and 2 more ranges")
    #expect(NumberList.ranges([], limit: 2) == "")
  }
}
