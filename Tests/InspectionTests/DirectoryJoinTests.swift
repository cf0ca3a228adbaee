import Datasets
import Inspection
import Stage
import Storage
import TestSupport
import Testing

@Suite struct DirectoryJoinTests {
  private static let labels = (0..<20).map { $0 % 4 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func join(_ parts: [String], to name: String = "joined") throws -> Manifest {
    let outcome = try DirectoryJoin.stage(parts, stage: "dk-test").make(
      OutputRequest(output: space.directory(name)), threads: 2, console: ImageSpace.console)
    return try #require(outcome.manifest)
  }

  private func expectMismatch(_ expected: String, found: String, _ parts: [String]) {
    let error = #expect(throws: InputError.self) { try join(parts) }
    #expect(
      error
        == .mismatch(path: parts[parts.count - 1], expected: expected, like: parts[0], found: found))
    #expect(FileSystem.kind(space.directory("joined")) == nil)
  }

  @Test func `More than a hundred copies keep their order`() throws {
    let copies = 101
    let parts = try ["first", "second"].map { name in
      try space.ingest(space.source(name, labels: Self.labels, salt: name), to: name) {
        ($0.jitter, $0.copies, $0.shardSize) = (5, copies, 12)
      }[0]
    }
    let manifest = try join(parts.map(\.path))
    let set = try ImageSet(space.directory("joined"))
    #expect(set.copies.count == copies && set.examplesPerCopy == 40)
    for (number, copy) in set.copies.enumerated() {
      let folder = ShardFile.copyFolder(number)
      // Two shards of each part, the first part's first, under new numbers.
      #expect(copy.map(\.path) == (0..<4).map { folder + "/" + ShardFile.name($0) })
      let expected = parts.flatMap { $0.copies[number] }
      #expect(copy.map(\.sha256) == expected.map(\.sha256))
    }
    #expect(manifest.outputs.first?.path.hasPrefix("copy=00/") == true)
    #expect(manifest.shards.last?.path.hasPrefix("copy=100/") == true)
    #expect(manifest.sources == parts.flatMap { $0.directory.manifest.sources })
  }

  @Test func `A source of several parts is listed once`() throws {
    let source = try space.source(labels: Self.labels)
    let parts = try space.ingest(source) { $0.validation = 8 }
    let other = try space.ingest(
      space.source("other", labels: Self.labels, salt: "x"), to: "other")[0]
    let manifest = try join([parts[0].path, other.path, parts[1].path])
    #expect(
      manifest.sources == [parts[0].directory.manifest.sources[0], other.directory.manifest.sources[0]])
    #expect(manifest.counts["examples"] == 40 && manifest.shards.count == 3)
    let again = try join([space.directory("joined"), other.path], to: "twice")
    #expect(again.sources == manifest.sources)
  }

  @Test func `Joined rows keep the sources that they came from`() throws {
    let sets = try ["first", "second"].map { name in
      try space.ingest(space.source(name, labels: Self.labels, salt: name), to: name)[0]
    }
    _ = try join(sets.map(\.path))
    let joined = try ImageSet(space.directory("joined"))
    for (entry, set) in zip(joined.shards, sets) {
      let (own, before) = (try joined.read(entry), try set.read(set.shards[0]))
      #expect(own.origins == before.origins && own.features == before.features)
    }
  }

  private func logits(_ name: String, teacher: Digest, arithmeticVersion: Int = 1) throws -> String {
    let origins = RowOrigins(source: Digest(of: [1]), indices: [0])
    let content = try SoftTargetShard(
      content: .logits([1, 2], teachers: 1), classes: 2, origins: origins,
      provenance: .init(imageShard: Digest(of: [2]), teachers: [teacher])
    ).encoded(path: name)
    return try space.forge(
      name, kind: .logits, arithmeticVersion: arithmeticVersion,
      parameters: ["teachers": JSONValue([teacher.hex])], counts: ["classes": 2, "teachers": 1],
      sources: [origins.source], shards: [(ShardFile.name(0), content)])
  }

  @Test func `The words of two teachers do not become one set`() throws {
    let (first, second) = (Digest(of: [8]), Digest(of: [9]))
    let paths = try [
      logits("a", teacher: first), logits("b", teacher: first), logits("c", teacher: second),
    ]
    expectMismatch(
      "teachers \(JSONValue([first.hex]))", found: JSONValue([second.hex]).description, [paths[0], paths[2]])
    #expect(try join([paths[0], paths[1]]).counts["examples"] == 2)
  }

  @Test func `Shards of another arithmetic are refused`() throws {
    let teacher = Digest(of: [8])
    let paths = try [logits("a", teacher: teacher), logits("b", teacher: teacher, arithmeticVersion: 2)]
    expectMismatch("version of the arithmetic 1", found: "2", paths)
  }

  @Test func `Sets of other kinds, shapes, classes or copies are refused`() throws {
    let plain = try space.set(labels: Self.labels).path
    let wide = try space.set(labels: Self.labels, name: "wide") { $0.classes = 5 }.path
    let moved = try space.set(labels: Self.labels, name: "moved") { ($0.jitter, $0.copies) = (1, 2) }.path
    let unlabelled = try space.set(labels: Self.labels, name: "unlabelled", isLabelled: false) {
      $0.classes = 4
    }.path
    expectMismatch("classes 4", found: "5", [plain, wide])
    expectMismatch("copies 1", found: "2", [plain, moved])
    expectMismatch("labelled 1", found: "0", [plain, unlabelled])
    expectMismatch(
      "the kind images", found: "logits", [plain, try logits("logits", teacher: Digest(of: [8]))])
  }
}
