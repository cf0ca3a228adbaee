import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Manifests as somebody may have damaged or forged them.
@Suite struct ManifestTests {
  private let space: StageSpace

  init() throws { space = try StageSpace() }

  private static func shard(_ path: String, examples: Int = 5, perClass: [Int]? = [2, 3], bytes: Int = 10)
    -> Manifest.Output
  {
    Manifest.Output(
      path: path, bytes: bytes, sha256: Digest(of: [1]), identity: Digest(of: [2]),
      summary: ShardSummary(examples: examples, examplesPerClass: perClass))
  }

  private static let counts = [
    "examples": 5, "shards": 1, "classes": 2, "copies": 1, "rows": 2, "columns": 3, "channels": 1,
    "labelled": 1,
  ]

  private static func manifest(
    _ outputs: [Manifest.Output] = [shard("shard-0")], changes: [String: Int?] = [:],
    sources: [Digest] = [Digest(of: [3])]
  ) -> Manifest {
    var counts = counts
    for (name, value) in changes { counts[name] = value }
    return Manifest(
      recipe: Recipe(
        kind: .images, stage: "dk-test", arithmeticVersion: 1, parameters: ["seed": 9_007_199_254_740_993],
        inputs: [.init(name: "images", digest: Digest(of: [4]))]), outputs: outputs, counts: counts,
      results: ["loss": 0.25], sources: sources)
  }

  private func read(_ manifest: Manifest) throws -> Manifest { try Manifest(manifest.encoded(), path: "m") }

  @Test func `A manifest comes back as it was written`() throws {
    let manifest = Self.manifest()
    #expect(try read(manifest) == manifest)
    #expect(try read(manifest).encoded() == manifest.encoded())
  }

  @Test(arguments: [
    "../x", "/etc/x", "a/../b", "", ".hidden", "a//b", "a/", "a/.b", "manifest.json", "plan.json",
    "log.jsonl", "a\u{1b}b",
    "a\nb", "./a",
  ])
  func `A path that leads out, or to what is no data, is refused`(path: String) {
    #expect(throws: StageError.self) { try read(Self.manifest([Self.shard(path)])) }
  }

  @Test func `A path that is named twice is refused`() {
    let outputs = [Self.shard("a"), Self.shard("a")]
    #expect(throws: StageError.self) {
      try read(Self.manifest(outputs, changes: ["shards": 2, "examples": 10]))
    }
    let two = [Self.shard("a"), Self.shard("b")]
    #expect(throws: Never.self) { try read(Self.manifest(two, changes: ["shards": 2, "examples": 10])) }
  }

  @Test(arguments: [
    ("examples", -1), ("examples", 0), ("examples", 6), ("examples", Int.max), ("shards", 2), ("shards", 0),
    ("classes", 0), ("classes", 3), ("classes", Int.max), ("copies", 0), ("copies", 5), ("copies", Int.max),
    ("rows", 0),
    ("rows", Int.max), ("columns", 1 << 40), ("channels", 0), ("channels", 1 << 30), ("labelled", 2),
    ("anything", -1),
    ("anything", Int.max),
  ])
  func `Counts out of bounds, or that do not fit each other, are refused`(name: String, value: Int) {
    #expect(throws: StageError.self) { try read(Self.manifest(changes: [name: value])) }
  }

  @Test(arguments: ["examples", "shards", "classes", "copies", "rows", "columns", "channels", "labelled"])
  func `A missing count is refused`(name: String) {
    #expect(throws: StageError.self) { try read(Self.manifest(changes: [name: nil])) }
  }

  @Test func `Shards that cannot be are refused`() {
    for shard in [
      Self.shard("a", examples: 0, perClass: [0, 0]), Self.shard("a", examples: -5, perClass: nil),
      Self.shard("a", examples: 5, perClass: [6, -1]), Self.shard("a", examples: 5, perClass: [5]),
      Self.shard("a", examples: 5, perClass: [2, 2]), Self.shard("a", bytes: -1),
      Self.shard("a", bytes: Int.max),
      Self.shard("a", examples: Int.max, perClass: nil),
    ] {
      #expect(throws: StageError.self) { try read(Self.manifest([shard])) }
    }
    #expect(throws: StageError.self) { try read(Self.manifest(sources: [Digest(of: [3]), Digest(of: [3])])) }
  }

  @Test(arguments: [
    (#""kind" : "images""#, #""kind" : "pictures""#), (#""formatVersion" : 3"#, #""formatVersion" : 2"#),
    (#""formatVersion" : 3"#, #""formatVersion" : 4"#), (#""stage" : "dk-test""#, #""stage" : """#),
    (#""arithmeticVersion" : 1"#, #""arithmeticVersion" : -1"#),
    (#""arithmeticVersion" : 1"#, #""arithmeticVersion" : 1e300"#),
    (#""results" : {"#, #""results" : {"loss":1,"#), (#""results""#, #""other""#),
  ])
  func `Another text under a right digest is refused as well`(old: String, new: String) throws {
    let body = String(decoding: Self.manifest().encoded().dropFirst(15 + 64 + 3), as: UTF8.self)
    #expect(body.contains(old))
    let changed = body.replacingOccurrences(of: old, with: new)
    let sealed = "{\n  \"check\" : \"\(Digest(of: Array(changed.utf8)).hex)\",\n\(changed)"
    #expect(throws: StageError.self) { try Manifest(Array(sealed.utf8), path: "m") }
    let same = "{\n  \"check\" : \"\(Digest(of: Array(body.utf8)).hex)\",\n\(body)"
    #expect(throws: Never.self) { try Manifest(Array(same.utf8), path: "m") }
  }

  @Test(arguments: ["manifest.json", "plan.json"])
  func `Every flipped byte and every truncation is an error`(name: String) throws {
    let isManifest = name == "manifest.json"
    try space.make(space.plan(), limit: isManifest ? .max : 1)
    let path = space.output + "/" + name
    func read() throws {
      if isManifest { _ = try FinishedDirectory(space.output) } else { _ = try space.open(space.plan()) }
    }
    let whole = try bytes(path)
    for index in whole.indices {
      for change: UInt8 in [0x01, 0x20] {
        var damaged = whole
        damaged[index] ^= change
        try Data(damaged).write(to: URL(fileURLWithPath: path))
        #expect(throws: StageError.self) { try read() }
      }
      try Data(whole[..<index]).write(to: URL(fileURLWithPath: path))
      #expect(throws: StageError.self) { try read() }
    }
    try Data(whole).write(to: URL(fileURLWithPath: path))
    try read()
  }

  @Test func `A blank added where JSON allows it is seen`() throws {
    var text = Self.manifest().encoded()
    text.append(UInt8(ascii: "\n"))
    #expect(throws: StageError.self) { try Manifest(text, path: "m") }
  }

  @Test func `Damaged locations only lose the way, and are mended`() throws {
    try space.make(space.plan())
    let path = space.output + "/locations.json"
    for text in ["", "{", "[]", "{\"images\":1}", "{\"images\":\"a\",\"images\":\"b\"}"] {
      try AtomicFile.write(Array(text.utf8), to: path)
      #expect(Locations(directory: space.output).paths == [:])
      #expect(try space.make(space.plan()) == [])
      #expect(Locations(directory: space.output).paths == ["images": "../in"])
    }
  }

  @Test func `A directory that another run replaced while it was read is no damage`() throws {
    try space.make(space.plan())
    let reader = try FinishedDirectory(space.output)
    try space.make(space.plan(seed: 2, shards: 1), force: true)
    #expect(throws: StageError.replaced(path: space.output)) {
      try reader.contents(of: reader.manifest.outputs[0])
    }
    #expect(ExitStatus.of(StageError.replaced(path: "")) == 75)
  }
}
