import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Statistics are taken once, when a set is made.
@Suite struct StatisticsFileTests {
  private static let labels = (0..<90).map { $0 * 7 % 3 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  /// By another way than the stage's: all shards of the first copy, one after the other.
  private func counted(_ set: ImageSet) throws -> FeatureStatistics {
    var statistics = FeatureStatistics(inputs: set.shape.count, classes: set.classes, element: set.element)
    for entry in set.copies[0] {
      let shard = try set.read(entry)
      statistics.add(shard.features, labels: shard.labels)
    }
    return statistics
  }

  @Test(arguments: [1, 4], [1, 3])
  func `The file says of the first copy what its shards hold`(copies: Int, threads: Int) throws {
    let set = try space.ingest(space.source(labels: Self.labels), threads: threads) {
      ($0.shardSize, $0.jitter, $0.copies) = (16, copies > 1 ? 1 : 0, copies)
    }[0]
    #expect(try set.statistics() == counted(set))
    #expect(try set.statistics()?.examplesPerClass == [30, 30, 30])
    let stream = try ExampleStream(images: set, softTargets: nil, seed: 1)
    #expect(try stream.statistics(threads: 2) == counted(set))
  }

  @Test func `Its size does not grow with the set`() throws {
    func size(_ count: Int, _ name: String) throws -> Int {
      let set = try space.set(labels: (0..<count).map { $0 % 3 }, name: name) { $0.shardSize = 8 }
      return try #require(set.directory.manifest.statistics?.bytes)
    }
    #expect(try size(30, "small") == size(600, "large"))
  }

  @Test func `No shard is read for them`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 16 }
    let expected = try counted(set)
    for entry in set.shards { try AtomicFile.write([0], to: set.directory.path(of: entry)) }
    let stream = try ExampleStream(images: set, softTargets: nil, seed: 1)
    #expect(try stream.statistics(threads: 2) == expected && stream.epochExamples(threads: 2) == 90)
    #expect(throws: (any Error).self) { try stream.load(epoch: 0, window: 0) }
  }

  @Test func `More copies leave the file as it is`() throws {
    let source = try space.source(labels: Self.labels)
    func digest(copies: Int) throws -> Digest? {
      let set = try space.ingest(source) { ($0.shardSize, $0.jitter, $0.copies) = (16, 1, copies) }[0]
      return set.directory.manifest.statistics?.sha256
    }
    #expect(try digest(copies: 2) == digest(copies: 5))
  }

  @Test func `A run that finds shards of an earlier one adds them up too`() throws {
    let source = try space.source(labels: Self.labels)
    func make(_ name: String) throws -> ImageSet {
      try space.ingest(source, to: name) { $0.shardSize = 16 }[0]
    }
    let whole = try make("whole")
    let half = space.directory("half/train")
    try FileSystem.createDirectory(half)
    // As a killed run leaves it: a plan, and some of the shards.
    let manifest = whole.directory.manifest
    let plan = try ImageIngest(source, options: options, stage: "dk-test").parts[0].stage.plan
    let directory = try OutputDirectory(plan, OutputRequest(output: half), threads: 1)
    try directory.begin()
    for entry in manifest.shards.prefix(3) {
      try AtomicFile.write(
        try bytes(whole.directory.path(of: entry)), to: FileSystem.join(half, entry.path))
    }
    withExtendedLifetime(directory) {}
    let again = try make("again")
    #expect(try digests(space.directory("again")) == digests(space.directory("whole")))
    #expect(again.directory.digest == whole.directory.digest)
  }

  private var options: IngestOptions {
    var options = IngestOptions()
    options.shardSize = 16
    return options
  }

  @Test func `A file that does not fit its set is refused`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 16 }
    let path = try #require(set.directory.manifest.statistics.map { set.directory.path(of: $0) })
    let whole = try bytes(path)
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 1
      try AtomicFile.write(damaged, to: path)
      #expect(throws: (any Error).self) { try set.statistics() }
    }
  }

  @Test(arguments: [1000, 48 << 20])
  func `A selection counts its own, and what was counted can be kept`(windowBytes: Int) throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 2) }
    var selection = Selection()
    (selection.omitted, selection.fraction) = ([1], 0.4)
    func stream() throws -> ExampleStream {
      try ExampleStream(
        images: set, softTargets: nil, selection: selection, seed: 1, windowBytes: windowBytes)
    }
    let first = try stream()
    let summary = try first.summary(threads: 2)
    #expect(summary.statistics.examplesPerClass == [12, 0, 12] && summary.statistics.examples == 24)
    var expected = FeatureStatistics(inputs: ImageSpace.inputs, classes: 3)
    let taken = Set(try first.taken(epoch: 0).map(\.index))
    for entry in set.copies[0] {
      let shard = try set.read(entry)
      let own = shard.rows((0..<shard.count).filter { taken.contains(shard.origins.indices[$0]) })
      expected.add(own.features, labels: own.labels)
    }
    #expect(summary.statistics == expected)
    var writer = SafetensorsWriter(metadata: [:])
    summary.write(to: &writer)
    let kept = try StreamSummary(Safetensors(try writer.bytes(), path: "kept"))
    #expect(kept == summary)
    let orders = try (0..<3).map { try first.taken(epoch: $0) }
    // Nothing of the first copy is read again: it is not there.
    for entry in set.copies[0] { try FileSystem.remove(set.directory.path(of: entry)) }
    let second = try stream()
    #expect(second.restore(kept))
    #expect(try second.epochExamples(threads: 2) == 24 && second.statistics(threads: 2) == expected)
    #expect(try second.taken(epoch: 1) == orders[1])
    let other = try ExampleStream(images: set, softTargets: nil, seed: 1)
    #expect(!other.restore(kept))
  }

  @Test func `Windows are planned once an epoch`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 4 }
    let stream = try ExampleStream(
      images: set, softTargets: nil, seed: 1, windowBytes: 12 * ImageSpace.inputs)
    #expect(stream.windowCount(epoch: 0) == 8)
    for epoch in 0..<3 { _ = try stream.taken(epoch: epoch) }
    #expect(stream.planCount == 3)
  }
}
