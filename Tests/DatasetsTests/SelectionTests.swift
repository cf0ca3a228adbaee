import Datasets
import Stage
import TestSupport
import Testing

@Suite struct SelectionTests {
  /// 40, 30, 17 and 3 of the classes 0 to 3, mixed.
  private static let labels = (0..<90).map { index in
    switch index * 37 % 90 {
    case ..<40: 0
    case ..<70: 1
    case ..<87: 2
    default: 3
    }
  }

  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func stream(_ set: ImageSet, windowBytes: Int = 1000, _ change: (inout Selection) -> Void) throws
    -> ExampleStream
  {
    var selection = Selection()
    change(&selection)
    return try ExampleStream(
      images: set, softTargets: nil, selection: selection, seed: 1, windowBytes: windowBytes)
  }

  /// Examples taken of each class, which must be as many as the stream promises.
  private func counts(_ stream: ExampleStream, epoch: Int = 0) throws -> [Int] {
    let taken = try stream.taken(epoch: epoch)
    #expect(try stream.epochExamples(threads: 2) == taken.count)
    #expect(Set(taken.map(\.index)).count == taken.count)
    return (0..<4).map { label in taken.count { $0.label == UInt32(label) } }
  }

  @Test func `Classes are left out, or taken alone, to the last example`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 8 }
    #expect(try counts(stream(set) { $0.omitted = [1] }) == [40, 0, 17, 3])
    #expect(try counts(stream(set) { $0.only = [3, 1] }) == [0, 30, 0, 3])
    #expect(
      try counts(
        stream(set) {
          $0.only = [0, 1]
          $0.omitted = [0]
        }) == [0, 30, 0, 0])
  }

  @Test func `A fraction is exact for each class`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 8 }
    #expect(try counts(stream(set) { $0.fraction = 0.3 }) == [12, 9, 5, 1])
    #expect(try counts(stream(set) { $0.fraction = 0.1 }) == [4, 3, 2, 0])
    #expect(try counts(stream(set) { $0.fraction = 1 }) == [40, 30, 17, 3])
    let all = try stream(set) {
      ($0.omitted, $0.only, $0.fraction) = ([0], [0, 1, 3], 0.5)
    }
    #expect(try counts(all) == [0, 15, 0, 2])
  }

  @Test func `Each copy of a jittered set gives the same images`() throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 3) }
    let stream = try stream(set) { ($0.fraction, $0.omitted) = (0.4, [2]) }
    let first = try stream.taken(epoch: 0)
    for epoch in 1..<5 {
      let taken = try stream.taken(epoch: epoch)
      #expect(Set(taken.map(\.index)) == Set(first.map(\.index)) && taken.count == first.count)
      // Shifted otherwise in each copy, and in the fourth epoch as in the first.
      #expect((Set(taken) == Set(first)) == (epoch % 3 == 0))
    }
    #expect(try counts(stream, epoch: 2) == [16, 12, 0, 1])
  }

  @Test func `Which images are taken depends on the seed alone`() throws {
    let source = try space.source(labels: Self.labels)
    let whole = try space.ingest(source)[0]
    let small = try space.ingest(source, to: "small") { ($0.shardSize, $0.seed, $0.order) = (7, 9, .source) }
    let other = try space.ingest(space.source("other", labels: Self.labels, salt: "x"), to: "other")[0]
    func indices(_ set: ImageSet, seed: UInt64, threads: Int = 2) throws -> Set<UInt32> {
      let stream = try stream(set) { ($0.fraction, $0.seed) = (0.3, seed) }
      #expect(try stream.epochExamples(threads: threads) == 27)
      return Set(try stream.taken(epoch: 0, threads: threads).map(\.index))
    }
    let expected = try indices(whole, seed: 3)
    #expect(try indices(small[0], seed: 3) == expected)
    #expect(try indices(small[0], seed: 3, threads: 1) == expected)
    #expect(try indices(small[0], seed: 3, threads: 4) == expected)
    #expect(try indices(small[0], seed: 4) != expected)
    // The same numbers in another file are other images.
    #expect(try indices(other, seed: 3) != expected)
  }

  @Test func `A fraction of a set without labels is a fraction of all`() throws {
    let set = try space.set(labels: Self.labels, isLabelled: false) { $0.shardSize = 8 }
    let stream = try stream(set) { $0.fraction = 0.1 }
    #expect(try stream.epochExamples(threads: 2) == 9)
    #expect(Set(try stream.taken(epoch: 0).map(\.index)).count == 9)
    #expect(throws: InputError.noLabels(path: set.path)) { try self.stream(set) { $0.omitted = [0] } }
    #expect(throws: InputError.noLabels(path: set.path)) { try self.stream(set) { $0.only = [0] } }
  }

  @Test func `More classes than a manifest counts are taken as exactly`() throws {
    let labels = (0..<60).map { $0 % 3 == 0 ? 1999 : $0 % 3 }
    let set = try space.set(labels: labels) { ($0.shardSize, $0.classes) = (8, 2000) }
    #expect(set.shards[0].summary?.examplesPerClass == nil)
    let stream = try stream(set) { $0.omitted = [1999] }
    #expect(try stream.epochExamples(threads: 2) == 40)
    #expect(try stream.taken(epoch: 0).allSatisfy { $0.label != 1999 })
    #expect(try stream.taken(epoch: 0).count == 40)
  }

  @Test func `Nothing left is an error`() throws {
    let set = try space.set(labels: Self.labels) { $0.classes = 5 }
    for stream in [
      try stream(set) { $0.only = [4] }, try stream(set) { $0.omitted = [0, 1, 2, 3] },
      try stream(set) { $0.fraction = 0.001 },
      try stream(set) { ($0.only, $0.fraction) = ([3], 0.1) },
      try stream(set) { ($0.only, $0.omitted) = ([2], [2]) },
    ] {
      let error = #expect(throws: InputError.self) { try stream.epochExamples(threads: 2) }
      guard case .noExamples(let path, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(path == set.path)
      #expect(throws: InputError.self) { try stream.load(epoch: 0, window: 0) }
    }
  }

  @Test func `Classes that the set does not have, and shares that cannot be, are wrong parameters`() throws {
    let set = try space.set(labels: Self.labels)
    func expect(_ option: String, _ found: String, _ change: (inout Selection) -> Void) {
      let error = #expect(throws: ParameterError.self) { try stream(set, change) }
      guard case .wrongValue(option, _, found) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    expect("omit", "4") { $0.omitted = [1, 4] }
    expect("only", "-1") { $0.only = [-1, 0] }
    for share in [0, -0.5, 1.5, .nan] { expect("fraction", String(share)) { $0.fraction = share } }
  }

  @Test func `The manifest keeps what is taken and nothing where all is`() {
    var selection = Selection()
    selection.seed = 8
    #expect(selection.isAll && selection.parameters.isEmpty)
    (selection.omitted, selection.only, selection.fraction) = ([7, 2], [4, 3], 0.25)
    #expect(
      selection.parameters == ["omit": [2, 7], "only": [3, 4], "fraction": 0.25, "fraction-seed": 8])
  }
}
