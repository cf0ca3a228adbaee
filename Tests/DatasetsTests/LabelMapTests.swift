import Datasets
import Foundation
import Stage
import Testing

@Suite struct LabelMapTests {
  private static let ten = LabelMap(classes: 10)

  @Test func `Without special classes each class has its own output`() {
    let map = LabelMap(classes: 3, names: ["cat", "dog", "bird"])
    #expect(map.outputs == 3 && map.outputs(of: [2, 0, 1, 1]) == [2, 0, 1, 1] && map.special == nil)
    #expect(map.outputNames == ["cat", "dog", "bird"] && map.givenNames == map.names)
    #expect(LabelMap(classes: 2).outputNames == ["0", "1"] && LabelMap(classes: 2).givenNames == nil)
  }

  @Test func `Outputs stand for the special classes in their order, and the last for all others`() {
    let map = LabelMap(special: [7, 2, 9], form: .dustbin, of: Self.ten)
    #expect(map.outputs == 4 && map.others == [0, 1, 3, 4, 5, 6, 8])
    #expect(map.outputOfClass == [3, 3, 0, 3, 3, 3, 3, 1, 3, 2])
    #expect(map.outputs(of: Array(0..<10)) == [3, 3, 0, 3, 3, 3, 3, 1, 3, 2])
    #expect(map.perOutput(Array(1...10)) == [3, 8, 10, 34])
    #expect(
      map.specialOutputs == [0, 1, 2]
        && (0..<4).map { map.isSpecial(output: $0) } == [true, true, true, false])
    #expect(map.outputNames == ["2", "7", "9", "others"] && map.givenNames == map.outputNames)
    let full = LabelMap(special: [7, 2, 9], form: .full, of: Self.ten)
    #expect(full.outputs == 10 && full.outputOfClass == Array(0..<10) && full.specialOutputs == [2, 7, 9])
  }

  @Test(arguments: LabelMap.Form.allCases)
  func `Logits are corrected by how much more frequent the others are in truth`(form: LabelMap.Form) {
    // A net that says nothing after seeing both equally often then has the true shares: 100 to 900.
    let prior = LabelMap(special: [0], form: form, of: LabelMap(classes: 2)).prior(
      specialExamples: 100, otherExamples: 900)
    let weights = prior.map { exp($0) }
    #expect(abs(weights[0] / weights.reduce(0, +) - 0.1) < 1e-12 && prior.count == 2)
  }

  @Test func `Classes are matched by name where both have names, else by number`() throws {
    let own = LabelMap(classes: 3, names: ["cat", "dog", "bird"])
    func match(_ names: [String]?, classes: Int = 3) throws -> [UInt32]? {
      try own.match(LabelMap(classes: names?.count ?? classes, names: names), path: "set", own: "model")
    }
    #expect(try match(["cat", "dog", "bird"]) == nil && match(nil) == nil)
    #expect(try match(["bird", "cat", "dog"]) == [2, 0, 1])
    #expect(try match(["bird", "dog"]) == [2, 1])
    let other = InputError.otherClasses(path: "set", like: "model", reason: "'fish' is not one of them")
    #expect(throws: other) { try match(["cat", "fish", "bird"]) }
    let count = InputError.mismatch(path: "set", expected: "3 classes", like: "model", found: "4")
    #expect(throws: count) { try match(nil, classes: 4) }
  }

  @Test func `Where an order is needed another one is refused by its first class`() throws {
    let own = LabelMap(classes: 3, names: ["cat", "dog", "bird"])
    try own.expectSame(own, path: "soft", own: "images")
    try own.expectSame(LabelMap(classes: 3), path: "soft", own: "images")
    let moved = LabelMap(classes: 3, names: ["cat", "bird", "dog"])
    let error = #expect(throws: InputError.self) { try own.expectSame(moved, path: "soft", own: "images") }
    #expect(error?.description.contains("class 1 is 'bird', and 'dog' in images") == true)
    let fewer = LabelMap(classes: 2, names: ["cat", "dog"])
    #expect(throws: InputError.self) { try own.expectSame(fewer, path: "soft", own: "images") }
  }
}
