import Datasets
import Evaluation
import Inspection
import Stage
import Storage
import Teachers
import TestSupport
import Testing

/// The upper half of a float's bits.
private struct BFloat16: TensorElement {
  static var tensorType: TensorType { .bf16 }
  let bits: UInt16

  init(_ value: Float) { bits = UInt16(value.bitPattern >> 16) }
}

@Suite struct ForeignLogitsTests {
  private static let labels = (0..<40).map { $0 * 7 % 4 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  /// Logits by which an image of any number is known; exact in 16 bits.
  private static func logits(_ index: Int) -> [Float] { [Float(index), -0.5, Float(-index), 2] }

  private func write(_ name: String = "their", _ change: (inout SafetensorsWriter) -> Void) throws -> String {
    var writer = SafetensorsWriter(metadata: [:])
    change(&writer)
    let path = space.directory(name + ".safetensors")
    try AtomicFile.write(try writer.bytes(), to: path)
    return path
  }

  /// A file of one row for each of `indices`.
  private func file(_ indices: [Int], sources: [Int]? = nil, name: String = "their") throws -> String {
    try write(name) {
      $0.add("logits", indices.flatMap { Self.logits($0) }, shape: [indices.count, 4])
      $0.add("indices", indices.map { Int64($0) }, shape: [indices.count])
      if let sources { $0.add("sources", sources.map { Int32($0) }, shape: [sources.count]) }
    }
  }

  private func expectLogits(_ path: String, of set: ImageSet) throws {
    let foreign = try ForeignLogits([path], images: set)
    for entry in set.shards {
      let shard = try set.read(entry)
      #expect(
        try foreign.logits(of: shard, path: "images")
          == shard.origins.indices.flatMap { Self.logits(Int($0)) })
    }
  }

  enum Format: CaseIterable { case bf16, f16, f32, f64 }

  @Test(arguments: Format.allCases)
  func `Every type of floats and of integers gives the same rows in any order`(format: Format) throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 8 }
    let indices = Array((0..<40).reversed())
    let values = indices.flatMap { Self.logits($0) }
    let path = try write {
      switch format {
      case .bf16:
        $0.add("logits", values.map { BFloat16($0) }, shape: [40, 4])
        $0.add("indices", indices.map { UInt8($0) }, shape: [40])
      case .f16:
        $0.add("logits", values.map { Float16($0) }, shape: [40, 4])
        $0.add("indices", indices.map { Int16($0) }, shape: [40])
      case .f32:
        $0.add("logits", values, shape: [40, 4])
        $0.add("indices", indices.map { Int64($0) }, shape: [40])
      case .f64:
        $0.add("logits", values.map { Double($0) }, shape: [40, 4])
        $0.add("indices", indices.map { UInt64($0) }, shape: [40])
      }
    }
    try expectLogits(path, of: set)
  }

  @Test func `Two rows of one image are refused, and rows that are missing are named`() throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.order) = (8, .source) }
    let origin = RowOrigin(
      source: set.directory.manifest.sources[0], index: 3
    ).description
    let twice = try file([0, 1, 2, 3, 5, 3])
    #expect(throws: InputError.repeatedRow(logits: twice, first: 3, second: 5, origin: origin)) {
      try ForeignLogits([twice], images: set)
    }
    let few = try ForeignLogits([try file([0, 1, 2, 4, 5, 6, 7])], images: set)
    let missing = InputError.missingRow(
      logits: space.directory("their.safetensors"), images: "images", row: 3, origin: origin)
    #expect(throws: missing) { try few.logits(of: set.read(set.shards[0]), path: "images") }
  }

  @Test func `Shifted images have a row for each shift`() throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 2) }
    let distortion = try ShiftDistortion(reach: 1)
    func rows(shifted: Bool) throws -> ForeignLogits {
      let all = (0..<40).flatMap { distortion.shifts(index: UInt32($0), copies: 2, seed: 0) }
      let path = try write {
        $0.add("logits", (0..<80).flatMap { [Float($0), 0, 0, 0] }, shape: [80, 4])
        $0.add("indices", (0..<80).map { Int32($0 / 2) }, shape: [80])
        if shifted { $0.add("shifts", all.flatMap { [Int32($0.dy), Int32($0.dx)] }, shape: [80, 2]) }
      }
      return try ForeignLogits([path], images: set)
    }
    let foreign = try rows(shifted: true)
    for (number, copy) in set.copies.enumerated() {
      let shard = try set.read(copy[0])
      let logits = try foreign.logits(of: shard, path: "images")
      for row in 0..<shard.count {
        #expect(logits[row * 4] == Float(shard.origins.indices[row]) * 2 + Float(number))
      }
    }
    #expect(throws: InputError.self) { try rows(shifted: false) }
  }

  @Test func `Of a joined set each row says its source`() throws {
    let parts = try ["first", "second"].map { name in
      try space.ingest(space.source(name, labels: Self.labels, salt: name), to: name) { $0.shardSize = 8 }[0]
    }
    let joined = space.directory("joined")
    _ = try DirectoryJoin.stage(parts.map(\.path), stage: "dk-test").make(
      OutputRequest(output: joined), threads: 2, console: ImageSpace.console)
    let set = try ImageSet(joined)
    let indices = Array(0..<40)
    let error = #expect(throws: InputError.self) { try ForeignLogits([file(indices)], images: set) }
    #expect(error?.description.contains("a tensor `sources` [n] of 0 to 1") == true)
    #expect(throws: InputError.self) {
      try ForeignLogits([file([0, 1], sources: [0, 2])], images: set)
    }
    // The second source first, so that nothing is right by its place.
    let path = try write {
      $0.add("logits", (0..<80).map { Float($0) }.flatMap { [$0, 0, 0, 0] }, shape: [80, 4])
      $0.add("indices", (indices + indices).map { UInt32($0) }, shape: [80])
      $0.add("sources", (0..<80).map { UInt8($0 < 40 ? 1 : 0) }, shape: [80])
    }
    let foreign = try ForeignLogits([path], images: set)
    for entry in set.shards {
      let shard = try set.read(entry)
      let isFirst = shard.origins.source == parts[0].directory.manifest.sources[0]
      let logits = try foreign.logits(of: shard, path: "images")
      for row in 0..<shard.count {
        #expect(logits[row * 4] == Float(shard.origins.indices[row]) + (isFirst ? 40 : 0))
      }
    }
  }

  @Test func `Logits of other classes, of none, and infinite ones are refused`() throws {
    let set = try space.set(labels: Self.labels)
    let narrow = try write {
      $0.add("logits", [Float](repeating: 0, count: 6), shape: [2, 3])
      $0.add("indices", [UInt8(0), 1], shape: [2])
    }
    #expect(throws: InputError.self) { try ForeignLogits([narrow], images: set) }
    let infinite = try write {
      $0.add("logits", [0, 0, Float.infinity, 0, 0, 0, 0, 0], shape: [2, 4])
      $0.add("indices", [UInt8(0), 1], shape: [2])
    }
    let shard = try set.read(set.shards[0])
    let rows = [0, 1].compactMap { (index: UInt32) in shard.origins.indices.firstIndex(of: index) }
    try #require(rows.count == 2)
    let logits = try ForeignLogits([infinite], images: set)
    #expect(throws: InputError.notFinite(path: infinite, what: "logits", row: 0)) {
      try logits.logits(of: shard.rows(rows), path: "images")
    }
    let path = try write {
      $0.add("logits", [Float](), shape: [0, 4])
      $0.add("indices", [UInt8](), shape: [0])
    }
    #expect(throws: InputError.self) { try ForeignLogits([path], images: set) }
  }

  /// What the stage says of logits whose largest is at `answer` for each image.
  private func agreement(_ set: ImageSet, name: String, _ answer: (Int) -> Int) throws -> LogitStage.Agreement
  {
    let path = try write(name) {
      $0.add(
        "logits", (0..<40).flatMap { index in (0..<4).map { Float($0 == answer(index) ? 1 : 0) } },
        shape: [40, 4])
      $0.add("indices", (0..<40).map { UInt32($0) }, shape: [40])
    }
    let stage = LogitStage(try ForeignLogits([path], images: set), images: set, stage: "dk-test")
    let outcome = try stage.stage.make(
      OutputRequest(output: space.directory(name)), threads: 2, console: ImageSpace.console,
      results: stage.results)
    let manifest = try #require(outcome.manifest)
    let agreement = try #require(stage.agreement(manifest.outputs))
    #expect(manifest.results["label-agreement"] == JSONValue(agreement.share))
    return agreement
  }

  @Test func `How far logits agree with the labels is counted`() throws {
    // Half of the labels are 0, so naming it always is right for half.
    let labels = (0..<40).map { $0 % 2 == 0 ? 0 : 1 + $0 % 3 }
    let set = try space.set(labels: labels) { $0.shardSize = 8 }
    let right = try agreement(set, name: "right") { labels[$0] }
    #expect(right.share == 1 && right.chance == 0.5 && !right.isNearChance)
    let most = try agreement(set, name: "most") { $0 < 10 ? (labels[$0] + 1) % 4 : labels[$0] }
    #expect(most.share == 0.75 && !most.isNearChance)
    // As if the rows had been shuffled after they were computed.
    let shuffled = try agreement(set, name: "shuffled") { labels[$0 / 2 + 20 * ($0 % 2)] }
    #expect(shuffled.share < 0.6 && shuffled.isNearChance, "\(shuffled)")
    let unlabelled = try space.set(labels: labels, name: "unlabelled", isLabelled: false) { $0.classes = 4 }
    let path = try file(Array(0..<40))
    let stage = LogitStage(
      try ForeignLogits([path], images: unlabelled), images: unlabelled, stage: "dk-test")
    #expect(stage.agreement([]) == nil)
  }
}
