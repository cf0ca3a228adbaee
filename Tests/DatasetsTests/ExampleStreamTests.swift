import Datasets
import Machine
import Stage
import TestSupport
import Testing

@Suite struct ExampleStreamTests {
  private static let labels = (0..<300).map { $0 * 7 % 4 }
  /// Bytes of some pictures, for windows of few shards.
  private static func room(for pictures: Int) -> Int { pictures * ImageSpace.inputs }

  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func stream(
    _ set: ImageSet, _ selection: Selection = .init(), seed: UInt64 = 1,
    windowBytes: Int = ExampleStream.windowBytes
  ) throws -> ExampleStream {
    try ExampleStream(
      images: set, softTargets: nil, selection: selection, seed: seed, windowBytes: windowBytes)
  }

  @Test(arguments: [1, 4, 7])
  func `An epoch takes every example of its copy once`(windows: Int) throws {
    let set = try space.set(labels: Self.labels) {
      ($0.jitter, $0.copies, $0.shardSize, $0.seed) = (1, 3, 8, 5)
    }
    let stream = try stream(set, windowBytes: Self.room(for: (300 + windows - 1) / windows))
    let distortion = try ShiftDistortion(reach: 1)
    for epoch in 0..<5 {
      #expect(stream.windowCount(epoch: epoch) == windows)
      let taken = try stream.taken(epoch: epoch)
      // By the copy that belongs to the epoch, after the first three again from the front.
      let expected = (0..<300).map { index in
        let own = distortion.shifts(index: UInt32(index), copies: 3, seed: 5)[epoch % 3]
        return Taken(index: UInt32(index), shift: own, label: UInt32(Self.labels[index]))
      }
      #expect(taken.count == 300 && Set(taken) == Set(expected))
    }
    #expect(try stream.epochExamples(threads: 1) == 300)
  }

  @Test(arguments: [1, 5])
  func `Epochs and seeds take examples in orders of their own`(windows: Int) throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 8 }
    let bytes = Self.room(for: (300 + windows - 1) / windows)
    let first = try stream(set, windowBytes: bytes)
    let orders = try [
      first.taken(epoch: 0), first.taken(epoch: 1), stream(set, seed: 2, windowBytes: bytes).taken(epoch: 0),
      (0..<300).map { Taken(index: $0, shift: Shift(dy: 0, dx: 0), label: UInt32(Self.labels[Int($0)])) },
    ]
    #expect(Set(orders).count == 4)
  }

  @Test(arguments: [1, 5])
  func `The threads change neither windows nor order`(windows: Int) throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 2) }
    let bytes = Self.room(for: (300 + windows - 1) / windows)
    let (one, four) = (try stream(set, windowBytes: bytes), try stream(set, windowBytes: bytes))
    for epoch in 0..<3 {
      for window in 0..<one.windowCount(epoch: epoch) {
        let first = try one.load(epoch: epoch, window: window, threads: 1)
        let second = try four.load(epoch: epoch, window: window, threads: 4)
        let isSame = first.features == second.features && first.labels == second.labels
        #expect(isSame && first.order == second.order)
      }
    }
  }

  /// Shards of one class each, as a folder of images would give them: the worst that can come.
  @Test(arguments: [[80, 80, 80, 80], [56, 120, 64, 24], [8, 16, 200, 96]], [2, 5, 9])
  func `Each window of a sorted set has each class within a shard of its share`(
    sizes: [Int], windows: Int
  ) throws {
    let labels = sizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    let set = try space.set(labels: labels) { ($0.shardSize, $0.order) = (8, .source) }
    #expect(set.shards.allSatisfy { $0.summary?.examplesPerClass?.count { $0 > 0 } == 1 })
    let stream = try stream(set, windowBytes: Self.room(for: (labels.count + windows - 1) / windows))
    var deals: Set<Set<Set<UInt32>>> = []
    for epoch in 0..<4 {
      #expect(stream.windowCount(epoch: epoch) == windows)
      var deal: Set<Set<UInt32>> = []
      for window in 0..<windows {
        let taken = try stream.taken(epoch: epoch, window: window)
        deal.insert(Set(taken.map(\.index)))
        for (label, size) in sizes.enumerated() {
          let found = taken.count { $0.label == UInt32(label) }
          #expect(abs(found - size / windows) <= 8, "\(found) of class \(label) in window \(window)")
        }
      }
      deals.insert(deal)
    }
    #expect(deals.count == 4, "the same shards come together in two epochs")
  }

  @Test func `Every shard of a large set meets many others`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 10 }
    let stream = try stream(set, windowBytes: Self.room(for: 60))
    var met: [Int: Set<Int>] = [:]
    let shardOfImage = try Dictionary(
      uniqueKeysWithValues: set.shards.enumerated().flatMap { number, entry in
        try set.read(entry).origins.indices.map { ($0, number) }
      })
    for epoch in 0..<8 {
      for window in 0..<stream.windowCount(epoch: epoch) {
        let together = Set(
          try stream.taken(epoch: epoch, window: window).compactMap { shardOfImage[$0.index] })
        for shard in together { met[shard, default: []].formUnion(together) }
      }
    }
    #expect(met.count == 30 && met.values.allSatisfy { $0.count > 15 }, "\(met.mapValues(\.count))")
  }

  @Test(arguments: [1, 3])
  func `A set without labels gives none`(windows: Int) throws {
    let set = try space.set(labels: Self.labels, isLabelled: false) { $0.shardSize = 16 }
    let stream = try stream(set, windowBytes: Self.room(for: (300 + windows - 1) / windows))
    #expect(!stream.isLabelled && stream.windowCount(epoch: 0) == windows)
    let taken = try stream.taken(epoch: 0)
    #expect(Set(taken.map(\.index)) == Set(0..<300) && taken.allSatisfy { $0.label == nil })
  }

  @Test func `Labels come as outputs of the net`() throws {
    let set = try space.set(labels: Self.labels)
    let map = LabelMap(special: [0, 2], form: .dustbin, of: set.labelMap)
    let stream = try ExampleStream(images: set, softTargets: nil, labelMap: map, seed: 1)
    #expect(stream.outputs == 3)
    for taken in try stream.taken(epoch: 0) {
      #expect(taken.label == [0, 2, 1, 2][Self.labels[Int(taken.index)]])
    }
  }

  @Test(arguments: [1, 3])
  func `Half of every batch is of the special classes and the other half drawn anew`(windows: Int) throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 16 }
    let map = LabelMap(special: [2], form: .dustbin, of: set.labelMap)
    let stream = try ExampleStream(
      images: set, softTargets: nil, labelMap: map, seed: 1,
      windowBytes: Self.room(for: (300 + windows - 1) / windows))
    let special = Self.labels.count { $0 == 2 }
    #expect(try stream.epochExamples(threads: 2) == 2 * special)
    #expect(try stream.specialCounts(threads: 2) == (special, 300 - special))
    var others: [Set<UInt32>] = []
    for epoch in 0..<6 {
      let taken = try stream.taken(epoch: epoch)
      #expect(taken.count == 2 * special)
      for pair in stride(from: 0, to: taken.count, by: 2) {
        #expect(taken[pair].label == 0 && taken[pair + 1].label == 1)
      }
      // Each special one once, and no other twice.
      #expect(Set(taken.map(\.index)).count == taken.count)
      others.append(Set(taken.filter { $0.label == 1 }.map(\.index)))
      #expect(try stream.taken(epoch: epoch) == taken)
    }
    #expect(Set(others).count == 6 && others.reduce(Set()) { $0.union($1) }.count > 200)
  }

  @Test func `The visitor sees the origins of what is taken and of nothing else`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 16 }
    var selection = Selection()
    selection.omitted = [1, 3]
    let stream = try stream(set, selection)
    let seen = Collected<UInt32>()
    _ = try stream.load(epoch: 0, window: 0) { for index in $0.indices { seen.append(index) } }
    #expect(seen.elements.count == 150)
    #expect(Set(seen.elements) == Set(try stream.taken(epoch: 0).map(\.index)))
  }
}
