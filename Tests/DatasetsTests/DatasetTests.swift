import Datasets
import Stage
import Storage
import TestSupport
import Testing

@Suite struct ShiftDistortionTests {
  @Test func `After all copies an image has had every shift once`() throws {
    let distortion = try ShiftDistortion(reach: 2)
    for index: UInt32 in [0, 17, 59_999] {
      let shifts = distortion.shifts(index: index, copies: 25, seed: 3)
      #expect(Set(shifts).count == 25 && Set(shifts.map(\.variant)).count == 25)
      #expect(shifts.allSatisfy { abs($0.dy) <= 2 && abs($0.dx) <= 2 && Shift(variant: $0.variant) == $0 })
      // More copies leave the first ones as they are.
      #expect(distortion.shifts(index: index, copies: 7, seed: 3) == Array(shifts.prefix(7)))
    }
    let first = distortion.shifts(index: 1, copies: 25, seed: 3)
    #expect(first != distortion.shifts(index: 2, copies: 25, seed: 3))
    #expect(first != distortion.shifts(index: 1, copies: 25, seed: 4))
    #expect(Shift(dy: 0, dx: 0).variant == 0)
  }

  /// The plain way: every output pixel looks up where it came from.
  @Test(arguments: [(0, 0), (1, 0), (0, 1), (-2, 1), (2, -2), (-3, -1), (5, 0), (0, -9)])
  func `A shifted image is the plain shift`(dy: Int, dx: Int) {
    let (rows, columns) = (4, 6)
    let image = (1...24).map { UInt8($0) }
    var output = [UInt8](repeating: 99, count: 24)
    image.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer {
        ShiftDistortion.shift(
          input, into: $0, shape: ImageShape(rows: rows, columns: columns),
          by: Shift(dy: Int8(dy), dx: Int8(dx)), background: [UInt8](repeating: 7, count: 24))
      }
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let (y, x) = (row - dy, column - dx)
        let inside = (0..<rows).contains(y) && (0..<columns).contains(x)
        #expect(output[row * columns + column] == (inside ? image[y * columns + x] : 7))
      }
    }
  }
}

@Suite struct ValidationSplitTests {
  @Test func `Each class gives its share and the seed decides which`() {
    let labels = (0..<1000).map { (index: Int) -> UInt32 in index % 10 == 0 ? 0 : UInt32(1 + index % 3) }
    let heldOut = ValidationSplit.heldOut(labels: labels, classes: 4, count: 100, seed: 1)
    #expect(heldOut.count { $0 } == 100)
    for label in 0..<4 {
      let total = labels.count { Int($0) == label }
      let taken = labels.indices.count { Int(labels[$0]) == label && heldOut[$0] }
      #expect(abs(Double(taken) - Double(total) / 10) < 1)
    }
    #expect(heldOut == ValidationSplit.heldOut(labels: labels, classes: 4, count: 100, seed: 1))
    #expect(heldOut != ValidationSplit.heldOut(labels: labels, classes: 4, count: 100, seed: 2))
  }
}

@Suite struct TopKTests {
  @Test func `Ties go to the lower class and the tail is spread evenly`() {
    let top = TopK(dense: [0.2, 0.4, 0.2, 0.1, 0.1], classes: 5, k: 2)
    #expect(top.classes == [1, 0])
    #expect(top.probabilities == [0.4, 0.2])
    let dense = top.dense(classes: 5)
    #expect(dense[1] == 0.4 && dense[0] == 0.2)
    for label in 2..<5 { #expect(abs(dense[label] - 0.4 / 3) < 1e-6) }
  }

  @Test func `Keeping all classes loses nothing`() {
    let dense: [Float] = [0.5, 0.25, 0.25, 0.1, 0.9, 0]
    #expect(TopK(dense: dense, classes: 3, k: 3).dense(classes: 3) == dense)
  }
}

@Suite struct ImageShardTests {
  private static func shard(channels: Int = 1, labels: [UInt32]? = [1, 0]) -> ImageShard {
    ImageShard(
      Features(
        (0..<12 * channels).map { UInt8($0) }, shape: ImageShape(rows: 2, columns: 3, channels: channels)),
      labels: labels, origins: RowOrigins(source: Digest(of: [1]), indices: [7, 9], variants: [1, 0xFE00]))
  }

  private func frame(_ shard: ImageShard, classes: Int = 2) throws -> [UInt8] {
    try shard.content(classes: classes).frame(identity: Digest(of: [2]), path: "s")
  }

  @Test(arguments: [1, 3], [[1, 0], [300, 0], [70_000, 2], nil] as [[UInt32]?])
  func `A shard comes back as it was written`(channels: Int, labels: [UInt32]?) throws {
    let shard = Self.shard(channels: channels, labels: labels)
    let file = try ShardFile(try frame(shard, classes: 70_001), path: "s")
    let back = try ImageShard(file)
    #expect(back.features == shard.features && back.labels == labels && back.origins == shard.origins)
    #expect(back.shape == shard.shape && file.kind == .images && file.identity == Digest(of: [2]))
    #expect(file.tensors.header.tensors["images"]?.shape == (channels == 1 ? [2, 2, 3] : [2, 2, 3, 3]))
    #expect(
      back.origins[1] == RowOrigin(source: Digest(of: [1]), index: 9, variant: Shift(dy: -2, dx: 0).variant))
  }

  @Test func `A shard counts its examples by class`() throws {
    let file = try ShardFile(try frame(Self.shard(labels: [2, 2]), classes: 4), path: "s")
    #expect(file.summary == ShardSummary(examples: 2, examplesPerClass: [0, 0, 2, 0]))
    #expect(try ShardFile(try frame(Self.shard(labels: nil)), path: "s").summary == ShardSummary(examples: 2))
  }

  @Test func `Every truncation of a shard is an error, every flipped bit an error or without effect`() throws
  {
    let shard = Self.shard()
    let frame = try frame(shard)
    for index in frame.indices {
      #expect(throws: (any Error).self) { try ImageShard(ShardFile(Array(frame[..<index]), path: "s")) }
      for bit in 0..<8 {
        var damaged = frame
        damaged[index] ^= 1 << bit
        // The format has a bit that decoders must ignore; the manifest's digest still sees it.
        guard let read = try? ImageShard(ShardFile(damaged, path: "s")) else { continue }
        #expect(
          read.features == shard.features && read.labels == shard.labels && read.origins == shard.origins)
      }
    }
  }
}

@Suite struct BatchTests {
  @Test(arguments: [1, 5, 127, 128, 129, 1000, 32_768])
  func `Batches cover the window once and differ by one at most`(examples: Int) {
    let batches = ExampleStream.batches(examples: examples, batchSize: 128)
    #expect(batches.first?.lowerBound == 0 && batches.last?.upperBound == examples)
    for (first, second) in zip(batches, batches.dropFirst()) {
      #expect(first.upperBound == second.lowerBound)
    }
    let sizes = batches.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1 && (sizes.max() ?? 0) <= 128)
  }
}
