import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

@Suite struct IngestTests {
  /// Sorted by class, as a folder of images is.
  private static let sorted = (0..<256).map { $0 / 64 }

  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func shards(_ set: ImageSet) throws -> [ImageShard] { try set.shards.map { try set.read($0) } }

  @Test func `Mixed, each shard is a sample of a source that is sorted by class`() throws {
    let set = try space.set(labels: Self.sorted) { $0.shardSize = 32 }
    for shard in set.shards {
      // Each class has a share of 8, with a standard deviation of 2.3.
      let counts = try #require(shard.summary?.examplesPerClass)
      #expect(counts.count == 4 && counts.allSatisfy { (2...16).contains($0) }, "\(counts)")
    }
    let order = try shards(set).flatMap(\.origins.indices)
    #expect(Set(order) == Set(0..<256) && order != order.sorted())
    let other = try space.set(labels: Self.sorted, name: "other") { ($0.shardSize, $0.seed) = (32, 1) }
    #expect(try shards(other).flatMap(\.origins.indices) != order)
    // How the rows are cut into shards is not how they are mixed.
    let wider = try space.set(labels: Self.sorted, name: "wider") { $0.shardSize = 100 }
    #expect(try shards(wider).flatMap(\.origins.indices) == order)
  }

  @Test func `In its own order a source stays sorted`() throws {
    let set = try space.set(labels: Self.sorted) { ($0.shardSize, $0.order) = (32, .source) }
    #expect(try shards(set).flatMap(\.origins.indices) == Array(0..<256))
    let classes = set.shards.map { $0.summary?.examplesPerClass?.firstIndex(of: 32) }
    #expect(classes == [0, 0, 1, 1, 2, 2, 3, 3])
  }

  /// [n, 4, 5], of one value but for a dot that differs in each.
  private func paper(_ background: UInt8, count: Int) throws -> ArraySource {
    var writer = SafetensorsWriter(metadata: [:])
    let images = (0..<count).flatMap { image in
      (0..<20).map { $0 == 7 ? UInt8(image) : background }
    }
    writer.add("images", images, shape: [count, 4, 5])
    let path = space.directory("paper.safetensors")
    try AtomicFile.write(try writer.bytes(), to: path)
    return try ArraySource(path, channels: .last)
  }

  @Test(arguments: [0, 255, 200] as [UInt8])
  func `The background is what is shifted in`(background: UInt8) throws {
    let set = try space.ingest(paper(background, count: 40)) {
      ($0.jitter, $0.copies, $0.shardSize) = (2, 25, 16)
    }[0]
    for shard in try shards(set) {
      for row in 0..<shard.count {
        let image = shard.features[row]
        let dot = UInt8(shard.origins[row].index)
        #expect(image.allSatisfy { $0 == background || $0 == dot })
      }
    }
  }

  @Test func `Each channel has its own background, and zeros come where there is none`() throws {
    // The first channel is mostly 9, the second the same nowhere, the third always 250.
    var writer = SafetensorsWriter(metadata: [:])
    var images: [UInt8] = []
    for pixel in 0..<30 * 9 { images += [pixel % 3 == 0 ? 1 : 9, UInt8(pixel % 251), 250] }
    writer.add("images", images, shape: [30, 3, 3, 3])
    let path = space.directory("colours.safetensors")
    try AtomicFile.write(try writer.bytes(), to: path)
    let set = try space.ingest(ArraySource(path, channels: .last)) {
      ($0.jitter, $0.copies, $0.shardSize) = (1, 9, 16)
    }[
      0]
    for shard in try shards(set) {
      for row in 0..<shard.count where shard.origins[row].variant == Shift(dy: 1, dx: 0).variant {
        let top = shard.features[row].prefix(9)
        #expect(Array(top) == [9, 0, 250, 9, 0, 250, 9, 0, 250])
      }
    }
  }

  @Test(arguments: IngestOptions.Order.allCases)
  func `Every copy has the same rows, each with the pixels of its image`(order: IngestOptions.Order) throws {
    let set = try space.set(labels: Self.sorted) {
      ($0.shardSize, $0.order, $0.jitter, $0.copies) = (32, order, 1, 3)
    }
    for (place, first) in set.copies[0].enumerated() {
      let expected = try set.read(first)
      for copy in set.copies {
        let shard = try set.read(copy[place])
        #expect(shard.origins.indices == expected.origins.indices && shard.labels == expected.labels)
        for row in 0..<shard.count {
          let told = ImageSpace.origin(of: shard.features[row])
          #expect(told.index == shard.origins[row].index && told.shift.variant == shard.origins[row].variant)
          #expect(shard.labels?[row] == UInt32(Self.sorted[Int(told.index)]))
        }
      }
    }
  }

  @Test func `What is held out is in no other part, whatever the order`() throws {
    let source = try space.source(labels: Self.sorted)
    var held: [Set<UInt32>] = []
    for order in IngestOptions.Order.allCases {
      let sets = try space.ingest(source, to: order.rawValue) {
        ($0.validation, $0.shardSize, $0.order) = (40, 32, order)
      }
      let parts = try sets.map { Set(try shards($0).flatMap(\.origins.indices)) }
      #expect(parts.map(\.count) == [216, 40] && parts[0].isDisjoint(with: parts[1]))
      held.append(parts[1])
    }
    #expect(held[0] == held[1])
  }

  enum Format: CaseIterable { case idx, gzip, safetensors }

  @Test(arguments: Format.allCases, IngestOptions.Order.allCases)
  func `Indices lead to the right pixels of the source`(format: Format, order: IngestOptions.Order) throws {
    let images = SyntheticImages(count: 500, seed: 3)
    let set = try space.ingest(source(images, format)) { ($0.shardSize, $0.order) = (64, order) }[0]
    let pixels = SyntheticImages.side * SyntheticImages.side
    var seen: Set<UInt32> = []
    for shard in try shards(set) {
      #expect(shard.origins.source == set.directory.manifest.sources[0])
      for row in 0..<shard.count {
        let index = Int(shard.origins.indices[row])
        seen.insert(UInt32(index))
        #expect(
          shard.features[row]
            == images.images[index * pixels..<(index + 1) * pixels])
        #expect(shard.labels?[row] == UInt32(images.labels[index]))
      }
    }
    #expect(seen.count == 500)
  }

  private func source(_ images: SyntheticImages, _ format: Format) throws -> any ImageSource {
    if format == .safetensors {
      var writer = SafetensorsWriter(metadata: [:])
      writer.add("images", images.images, shape: [images.count, SyntheticImages.side, SyntheticImages.side])
      writer.add("labels", images.labels, shape: [images.count])
      try AtomicFile.write(try writer.bytes(), to: space.directory("set.safetensors"))
      return try ArraySource(space.directory("set.safetensors"))
    }
    try images.write(to: space.directory.path)
    let paths = ["train-images", "train-labels"].map { space.directory($0) }
    guard format == .gzip else { return try ArraySource(paths[0], labels: paths[1]) }
    let result = try Program.run("/usr/bin/gzip train-images train-labels", in: space.directory.path)
    try #require(result.status == 0, "\(result.standardError)")
    return try ArraySource(paths[0] + ".gz", labels: paths[1] + ".gz")
  }
}
