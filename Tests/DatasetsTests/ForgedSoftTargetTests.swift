import Datasets
import Stage
import Storage
import TestSupport
import Testing

/// Directories whose manifests and digests are right in themselves, and whose shards hold something else.
@Suite struct ForgedSoftTargetTests {
  private static let classes = 3
  private static let teacher = Digest(of: [1])
  private static let source = Digest(of: [2])
  private static let imageShard = Digest(of: [3])

  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func shard(
    _ content: SoftTargetShard.Content, _ encoding: SoftTargetEncoding = .init(),
    teachers: [Digest] = [teacher], source: Digest = source, classes: Int = classes
  ) throws -> ShardFile.Content {
    let origins = RowOrigins(source: source, indices: [5, 9])
    return try SoftTargetShard(
      content: content, classes: classes, origins: origins,
      provenance: .init(imageShard: Self.imageShard, teachers: teachers)
    ).encoded(encoding, path: "shard")
  }

  /// Reads the only shard of a directory forged around it.
  private func read(
    _ shard: ShardFile.Content, kind: DirectoryKind = .softTargets, _ changes: [String: JSONValue?] = [:],
    teachers: [Digest] = [teacher]
  ) throws -> SoftTargetShard {
    var parameters: [String: JSONValue] = ["teachers": JSONValue(teachers.map(\.hex))]
    if kind == .softTargets { parameters.merge(["temperature": 2, "dtype": "f32"]) { own, _ in own } }
    for (name, value) in changes { parameters[name] = value }
    let path = try space.forge(
      "forged", kind: kind, parameters: parameters,
      counts: ["classes": Self.classes, "teachers": teachers.count], sources: [Self.source],
      shards: [(ShardFile.name(0), shard)])
    let set = try SoftTargetSet(path)
    return try set.read(set.shards[0])
  }

  private static let probabilities = SoftTargetShard.Content.probabilities(
    [0.5, 0.25, 0.25, 0, 0, 1], temperature: 2)
  private static let logits = SoftTargetShard.Content.logits([1, 2, 3, 4, 5, 6], teachers: 1)
  private static func encoding(_ precision: SoftTargetEncoding.Precision, topK: Int? = nil)
    -> SoftTargetEncoding
  {
    var encoding = SoftTargetEncoding()
    (encoding.precision, encoding.topK) = (precision, topK)
    return encoding
  }

  @Test func `Shards as the manifest says are read`() throws {
    #expect(try read(shard(Self.probabilities)).content == Self.probabilities)
    #expect(try read(shard(Self.logits), kind: .logits).content == Self.logits)
    let few = try read(
      shard(Self.probabilities, Self.encoding(.f16, topK: 2)),
      ["dtype": "f16", "top-k": 2, "tail": "uniform"])
    guard case .probabilities(let values, 2) = few.content else {
      Issue.record("\(few.content)")
      return
    }
    #expect(values.count == 6 && abs(values[0] - 0.5) < 1e-3)
  }

  private func expectMismatch(_ expected: String, found: String, _ body: () throws -> SoftTargetShard) {
    let error = #expect(throws: InputError.self) { try body() }
    guard case .mismatch(let path, let wanted, _, let had) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.hasSuffix("forged/" + ShardFile.name(0)) && wanted.hasPrefix(expected))
    #expect(had == found, "\(String(describing: error))")
  }

  @Test func `Another temperature`() throws {
    expectMismatch("temperature 20", found: "2") { try read(shard(Self.probabilities), ["temperature": 20]) }
  }

  @Test func `Another type of numbers`() throws {
    expectMismatch("dtype f16", found: "f32") { try read(shard(Self.probabilities), ["dtype": "f16"]) }
    expectMismatch("dtype f32", found: "f16") { try read(shard(Self.probabilities, Self.encoding(.f16))) }
  }

  @Test func `Another number of classes kept`() throws {
    let top2 = try shard(Self.probabilities, Self.encoding(.f32, topK: 2))
    expectMismatch("top-k 1", found: "2") { try read(top2, ["top-k": 1, "tail": "uniform"]) }
    expectMismatch("tail uniform", found: "none") {
      try read(shard(Self.probabilities), ["top-k": 2, "tail": "uniform"])
    }
    // Dense by the manifest: the tensor is too narrow.
    #expect(throws: StorageError.self) { try read(top2) }
  }

  @Test func `Other teachers, and the same in another order`() throws {
    let (first, second) = (Self.teacher, Digest(of: [9]))
    let both = try shard(.logits([Float](repeating: 0, count: 12), teachers: 2), teachers: [first, second])
    #expect(try read(both, kind: .logits, teachers: [first, second]).count == 2)
    for teachers in [[second, first], [first], [second, second]] {
      expectMismatch("the words of teacher", found: String(first.hex.prefix(12))) {
        try read(both, kind: .logits, teachers: teachers)
      }
    }
    expectMismatch("the words of teacher", found: String(first.hex.prefix(12))) {
      try read(shard(Self.probabilities), teachers: [second])
    }
  }

  @Test func `Rows of a source that the manifest does not name`() throws {
    let other = Digest(of: [8])
    expectMismatch("rows of a source", found: other.short) {
      try read(shard(Self.probabilities, source: other))
    }
  }

  @Test func `Another kind, or other classes`() throws {
    #expect(throws: StageError.self) { try read(shard(Self.logits)) }
    #expect(throws: StageError.self) { try read(shard(Self.probabilities), kind: .logits) }
    let wide = try shard(.probabilities([0.25, 0.75, 0.5, 0.5], temperature: 2), classes: 2)
    #expect(throws: StorageError.self) { try read(wide) }
  }

  @Test func `Manifests that no stage of ours writes`() throws {
    for changes: [String: JSONValue?] in [
      ["temperature": 0], ["temperature": -2], ["temperature": "2"], ["temperature": JSONValue?.none],
      ["dtype": "f64"],
      ["top-k": 4, "tail": "uniform"], ["top-k": 0, "tail": "uniform"], ["top-k": 2],
      ["top-k": 2, "tail": "none"],
      ["teachers": "x"], ["teachers": ["x"]], ["teachers": []],
    ] {
      let error = #expect(throws: StageError.self) { try read(shard(Self.probabilities), changes) }
      guard case .wrongManifest = error else {
        Issue.record("\(changes): \(String(describing: error))")
        continue
      }
    }
  }
}

/// The join, row by row.
@Suite struct JoinCheckTests {
  private static let source = Digest(of: [1])
  private static let file = Digest(of: [2])
  private static let images = ImageShard(
    Features(pixels: [0, 0, 0, 0], width: 1), labels: nil,
    origins: RowOrigins(source: source, indices: [4, 7, 1, 3], variants: [0, 511, 1, 0]))

  private func join(
    source: Digest = source, indices: [UInt32] = [4, 7, 1, 3], variants: [UInt32] = [0, 511, 1, 0],
    imageShard: Digest = file
  ) throws {
    try SoftTargetShard(
      content: .logits([Float](repeating: 0, count: indices.count), teachers: 1), classes: 1,
      origins: RowOrigins(source: source, indices: indices, variants: variants),
      provenance: .init(imageShard: imageShard, teachers: [Digest(of: [3])])
    ).checkJoin(Self.images, sha256: Self.file, path: "soft", imagePath: "images")
  }

  private func expectRow(_ row: Int, _ found: String, _ body: () throws -> Void) {
    let error = #expect(throws: InputError.self) { try body() }
    let expected = InputError.otherRow(
      targets: "soft", images: "images", row: row, expected: Self.images.origins[row].description,
      found: found)
    #expect(error == expected)
  }

  @Test func `Rows of the same origins and the same shard belong together`() throws { try join() }

  @Test func `The first row that differs is named, by index, variant or source`() throws {
    expectRow(2, "image 2 of \(Self.source.short), variant 1") {
      try join(indices: [4, 7, 2, 9])
    }
    expectRow(1, "image 7 of \(Self.source.short), variant 257") {
      try join(variants: [0, 257, 1, 9])
    }
    // Index and variant agree, and still it is another picture.
    let other = Digest(of: [9])
    expectRow(0, "image 4 of \(other.short)") { try join(source: other) }
  }

  @Test func `Fewer rows, and the right rows of another shard, are refused`() throws {
    let few = InputError.mismatch(path: "soft", expected: "4 rows", like: "images", found: "3")
    #expect(throws: few) { try join(indices: [4, 7, 1], variants: [0, 511, 1]) }
    let other = Digest(of: [9])
    let shard = InputError.otherShard(
      targets: "soft", images: "images", expected: other.hex, found: Self.file.hex)
    #expect(throws: shard) { try join(imageShard: other) }
  }
}
