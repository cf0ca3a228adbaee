import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// The stage contract, in one process.
@Suite struct WorkTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func plan(seed: Int = 1, shards: Int = 2, input: String = "in") throws -> Plan {
    let parameters: [String: JSONValue] = ["seed": JSONValue(seed)]
    return Plan(
      stage: "dk-test", arithmeticVersion: 1, parameters: parameters,
      inputs: [.init(name: "images", digest: Digest(of: Array(input.utf8)), path: directory("in"))],
      outputs: try (0..<shards).map {
        Plan.Output(
          path: ShardFile.name($0),
          identity: try CanonicalJSON.digest(of: ["seed": JSONValue(seed), "shard": JSONValue($0)]))
      })
  }

  private func options(_ arguments: String...) throws -> OutputOptions {
    try OutputOptions.parse(["--output", directory("out")] + arguments)
  }

  private func shard(_ output: Plan.Output) throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: [ShardFile.identityKey: output.identity.hex])
    writer.add("indices", [UInt32(7)], shape: [1])
    return try ZstdFrame.compress(try writer.bytes(), path: output.path)
  }

  /// Makes up to `limit` pending files, and finishes if that was all.
  @discardableResult
  private func make(_ plan: Plan, _ options: OutputOptions, limit: Int = .max) throws -> [String] {
    let work = try Work(plan, options: options)
    let chosen = Array(work.pending.prefix(limit))
    for output in chosen {
      work.adopt([try work.publisher().publish(try shard(output), as: output, examples: 1)])
    }
    if work.pending.isEmpty, !work.isUpToDate { _ = try work.finish(counts: ["examples": 2]) }
    return chosen.map(\.path)
  }

  @Test func `The same plan again is up to date`() throws {
    #expect(try make(try plan(), try options()).count == 2)
    let before = try digests(directory("out"))
    #expect(before.keys.sorted() == ["manifest.json", ShardFile.name(0), ShardFile.name(1)])
    #expect(try Work(try plan(), options: try options()).isUpToDate)
    #expect(try digests(directory("out")) == before)
  }

  @Test func `A half-done directory is no whole and goes on with what is missing`() throws {
    try make(try plan(), try options(), limit: 1)
    #expect(throws: StageError.notFinished(path: directory("out"))) { try Whole(directory("out")) }
    #expect(try make(try plan(), try options()) == [ShardFile.name(1)])
    let resumed = try digests(directory("out"))
    try FileSystem.remove(directory("out"))
    try make(try plan(), try options())
    #expect(try digests(directory("out")) == resumed)
  }

  @Test func `A half-done directory of other parameters is not mixed with`() throws {
    try make(try plan(), try options(), limit: 1)
    #expect(throws: StageError.madeOtherwise(path: directory("out"), differences: ["seed 1 → 2"])) {
      try Work(try plan(seed: 2), options: try options())
    }
  }

  @Test func `Changed parameters and inputs are named, old and new`() throws {
    try make(try plan(), try options())
    let (old, new) = (Digest(of: Array("in".utf8)).short, Digest(of: Array("other".utf8)).short)
    let expected = StageError.madeOtherwise(
      path: directory("out"), differences: ["seed 1 → 2", "input images \(old) → \(new)"])
    #expect(throws: expected) { try Work(try plan(seed: 2, input: "other"), options: try options()) }
    #expect(ExitStatus.of(expected) == 73)
  }

  @Test func `Under force the old output stays valid until the new one is complete`() throws {
    try make(try plan(), try options())
    let old = try Whole(directory("out")).digest
    try make(try plan(seed: 2), try options("--force"), limit: 1)
    #expect(try Whole(directory("out")).digest == old)
    #expect(try make(try plan(seed: 2), try options("--force")) == [ShardFile.name(1)])
    let whole = try Whole(directory("out"))
    #expect(whole.manifest.parameters == ["seed": 2])
    #expect(try FileSystem.list(directory.path) == ["out"])
  }

  @Test func `A replacement that was killed just before it took its place still takes it`() throws {
    try make(try plan(), try options())
    // All that such a run leaves: the new directory, whole, under its passing name.
    try make(try plan(seed: 2), try OutputOptions.parse(["--output", directory(".out.next")]))
    #expect(try make(try plan(seed: 2), try options("--force")) == [])
    #expect(try Whole(directory("out")).manifest.parameters == ["seed": 2])
    #expect(try FileSystem.list(directory.path) == ["out"])
  }

  @Test func `One more output makes that alone; one fewer is another directory`() throws {
    try make(try plan(), try options())
    #expect(try make(try plan(shards: 3), try options()) == [ShardFile.name(2)])
    #expect(throws: StageError.self) { try Work(try plan(shards: 2), options: try options()) }
  }

  @Test func `A deleted and a damaged file are made again, to the same manifest`() throws {
    try make(try plan(), try options())
    let before = try digests(directory("out"))
    try FileSystem.remove(directory("out/" + ShardFile.name(0)))
    #expect(try make(try plan(), try options()) == [ShardFile.name(0)])
    var damaged = try bytes(directory("out/" + ShardFile.name(1)))
    damaged[damaged.count / 2] ^= 1
    try AtomicFile.write(damaged, to: directory("out/" + ShardFile.name(1)))
    #expect(try make(try plan(), try options()) == [])
    #expect(try make(try plan(), try options("--check")) == [ShardFile.name(1)])
    #expect(try digests(directory("out")) == before)
  }

  @Test func `A second run on the same directory is refused`() throws {
    let work = try Work(try plan(), options: try options())
    #expect(throws: StageError.locked(path: directory("out"))) {
      try Work(try plan(), options: try options())
    }
    #expect(ExitStatus.of(StageError.locked(path: "")) == 75)
    withExtendedLifetime(work) {}
  }

  @Test func `A directory with files of others is left alone`() throws {
    try FileSystem.createDirectory(directory("out"))
    try AtomicFile.write([1], to: directory("out/thesis.txt"))
    for arguments in [[], ["--force"]] {
      #expect(throws: StageError.notOurs(path: directory("out"), found: "thesis.txt")) {
        try Work(try plan(), options: try OutputOptions.parse(["--output", directory("out")] + arguments))
      }
    }
  }

  @Test func `A dry run makes nothing`() throws {
    let work = try Work(try plan(), options: try options("--dry-run"))
    #expect(work.pending.count == 2)
    #expect(FileSystem.kind(directory("out")) == nil)
  }

  @Test func `Every flipped byte and every truncation of a manifest is an error`() throws {
    try make(try plan(), try options())
    let path = directory("out/manifest.json")
    let whole = try bytes(path)
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 0x01
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      #expect(throws: (any Error).self) { try Whole(directory("out")) }
      try Data(whole[..<index]).write(to: URL(fileURLWithPath: path))
      #expect(throws: (any Error).self) { try Whole(directory("out")) }
    }
    try Data(whole).write(to: URL(fileURLWithPath: path))
    _ = try Whole(directory("out"))
  }
}

@Suite struct FormatTests {
  @Test(arguments: [(999, "999 B"), (1500, "1.5 kB"), (2_000_000_000, "2.0 GB")])
  func `Bytes`(count: Int, text: String) { #expect(Format.bytes(count) == text) }

  @Test(arguments: [
    (5.0, "5.0 s"), (59.0, "59 s"), (61.0, "1 min 1 s"), (7260.0, "2 h 1 min"), (.infinity, "unknown time"),
  ])
  func `Durations`(seconds: Double, text: String) { #expect(Format.duration(seconds) == text) }

  @Test func `Whole numbers and doubles are one kind of parameter`() throws {
    let bytes = try CanonicalJSON.report(
      ["a": JSONValue(1.0), "b": 0.1, "c": [true, "x"]] as [String: JSONValue])
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":1,"b":0.1,"c":[true,"x"]}"#)
    #expect(JSONValue(1) == JSONValue(1.0))
  }
}
