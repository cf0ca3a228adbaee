import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Identity means content: another byte in, another identity out, for every source of data.
@Suite struct IdentityTests {
  /// A command, what it reads, and how that becomes something else.
  struct Source: Sendable, CustomTestStringConvertible {
    let name: String
    /// Commands of the small pipeline that come first.
    let stages: Int
    let first: [String]
    let command: String
    /// Directories that the command makes.
    let outputs: [String]
    /// Shell lines after which one input has other bytes, and is still right.
    let change: String

    var testDescription: String { name }
  }

  private static let ingest = "dk-ingest train-images train-labels --shard-size 100 --output o"
  /// Changes one byte, at a place from the end.
  private static func flip(_ file: String, fromEnd place: Int) -> String {
    "p=$(($(stat -c %s \(file)) - \(place))); b=$(od -An -tu1 -j $p -N 1 \(file)); "
      + "printf \"\\\\x$(printf %x $((b ^ 1)))\" | dd of=\(file) bs=1 seek=$p conv=notrunc status=none"
  }

  static let sources: [Source] = [
    Source(
      name: "images of an IDX file", stages: 0, first: [], command: ingest, outputs: ["o/train"],
      change: flip("train-images", fromEnd: 1)),
    Source(
      name: "labels of an IDX file", stages: 0, first: [], command: ingest, outputs: ["o/train"],
      change: flip("train-labels", fromEnd: 1)),
    Source(
      name: "a gzip file", stages: 0, first: ["/usr/bin/gzip train-images"],
      command: "dk-ingest train-images.gz train-labels --output o", outputs: ["o/train"],
      change: "gunzip train-images.gz; \(flip("train-images", fromEnd: 9)); gzip train-images"),
    Source(
      name: "a folder of PNG files", stages: 0,
      first: [
        "/bin/mkdir -p f/a f/b", "/bin/cp \(png("grey")) f/a/1.png", "/bin/cp \(png("grey")) f/b/1.png",
      ],
      command: "dk-ingest f --output o", outputs: ["o/train"], change: "cp \(png("palette")) f/b/1.png"),
    Source(
      name: "names of files in a folder", stages: 0,
      first: [
        "/bin/mkdir -p f/a f/b", "/bin/cp \(png("grey")) f/a/1.png", "/bin/cp \(png("grey")) f/b/1.png",
      ],
      command: "dk-ingest f --output o", outputs: ["o/train"], change: "mv f/b/1.png f/a/2.png; rmdir f/b"),
    Source(
      name: "weights of a teacher", stages: 3, first: [],
      command: "dk-soften teacher/model.safetensors --images shards/train --temperatures 2 --output o",
      outputs: ["o/logits", "o/temperature=2"], change: flip("teacher/model.safetensors", fromEnd: 4)),
    Source(
      name: "images of a teacher", stages: 3, first: [],
      command: "dk-soften teacher --images shards/train --temperatures 2 --output o",
      outputs: ["o/logits", "o/temperature=2"],
      change: "\(flip("train-images", fromEnd: 1)); \(SmallPipeline.commands[0]) --force"),
    Source(
      name: "logits of another framework that carry a name", stages: 1, first: [logits(seed: 1)],
      command: "dk-soften --logits l.safetensors --images shards/train --temperatures 2 --output o",
      outputs: ["o/logits", "o/temperature=2"], change: logits(seed: 2)),
    Source(
      name: "images of a student", stages: 4, first: [],
      command: "dk-distill shards/train --hidden 8 --epochs 1 --output o", outputs: ["o"],
      change: "\(flip("train-images", fromEnd: 1)); \(SmallPipeline.commands[0]) --force"),
    Source(
      name: "soft targets", stages: 4, first: [],
      command: "dk-distill shards/train --soft-targets soft/temperature=20 --hidden 8 --epochs 1 --output o",
      outputs: ["o"],
      change: "dk-teach shards/train --hidden 8 --epochs 1 --seed 9 --output t2; "
        + "dk-soften t2 --images shards/train --temperatures 20 --output soft --force"),
    Source(
      name: "the model to begin with", stages: 3, first: [],
      command: "dk-distill shards/train --init teacher/model.safetensors --epochs 1 --output o",
      outputs: ["o"], change: flip("teacher/model.safetensors", fromEnd: 4)),
    Source(
      name: "validation images that end a training", stages: 1, first: [],
      command:
        "dk-distill shards/train --validation shards/validation --early-stopping 1 --hidden 8 --epochs 2"
        + " --output o", outputs: ["o"],
      change: "rm -r shards/validation; dk-ingest train-images train-labels --validation 60 --seed 3 "
        + "--shard-size 51 --output other; mv other/validation shards/validation"),
    Source(
      name: "sets of a specialist", stages: 3,
      first: ["dk-specialize teacher --images shards/train --sets 0,1 --output sets"],
      command: "dk-teach shards/train --specialist sets#0 --hidden 8 --epochs 1 --output o", outputs: ["o"],
      change: "dk-specialize teacher --images shards/train --sets 0,2 --output sets --force"),
    Source(
      name: "a generalist", stages: 3, first: [],
      command: "dk-specialize teacher/model.safetensors --images shards/train --sets 0,1 --output o",
      outputs: ["o"], change: flip("teacher/model.safetensors", fromEnd: 4)),
    Source(
      name: "a model that is calibrated", stages: 3, first: [],
      command: "dk-calibrate teacher/model.safetensors --images shards/validation --prior uniform --output o",
      outputs: ["o"], change: flip("teacher/model.safetensors", fromEnd: 4)),
    Source(
      name: "images of a calibration", stages: 3, first: [],
      command: "dk-calibrate teacher --images shards/train --prior uniform --output o", outputs: ["o"],
      change: "\(flip("train-images", fromEnd: 1)); \(SmallPipeline.commands[0]) --force"),
  ]

  private static func png(_ name: String) -> String {
    FileSystem.parent(FileSystem.parent(#filePath)) + "/Fuzz/Corpus/png/good-\(name)"
  }

  /// Logits of all 600 images under one name, of a teacher that is trained anew with each seed.
  private static func logits(seed: Int) -> String { "write-logits \(seed)" }

  private func run(_ line: String, _ pipeline: SmallPipeline) throws {
    if line.hasPrefix("write-logits ") {
      let seed = Int(line.dropFirst(13)) ?? 0
      var writer = SafetensorsWriter(metadata: ["teacher": "teacher.pt"])
      writer.add("logits", (0..<2400).map { Float(($0 * 31 + seed * 7) % 17) / 4 }, shape: [600, 4])
      return try AtomicFile.write(try writer.bytes(), to: pipeline.directory("l.safetensors"))
    }
    let result = try pipeline.shell(line)
    guard result.status == 0 else { throw PipelineFailed(command: line, line: result.standardError) }
  }

  @Test(arguments: sources)
  func `Another byte in, another identity out`(source: Source) throws {
    let pipeline = try SmallPipeline(running: source.stages)
    for line in source.first + [source.command] { try run(line, pipeline) }
    func manifests() throws -> [Manifest] {
      try source.outputs.map { try Manifest.read(pipeline.directory($0)).manifest }
    }
    let before = try manifests()
    #expect(try pipeline.run(source.command).standardError.contains("up to date"))
    try run(source.change, pipeline)
    let refused = try pipeline.run(source.command)
    #expect(refused.status == 73, "\(refused.standardOutput)\(refused.standardError)")
    #expect(refused.lastErrorLine.contains("input "), "\(refused.lastErrorLine)")
    #expect(try manifests() == before)
    try run(source.command + " --force", pipeline)
    for (old, new) in zip(before, try manifests()) {
      let known = Set(old.outputs.map(\.identity))
      #expect(old.recipe.inputs != new.recipe.inputs)
      // Of images the change may be in one shard; the digest of its bytes is in the others' inputs as well.
      #expect(new.outputs.contains { !known.contains($0.identity) })
    }
  }

  @Test func `Inputs that change no file are a difference too`() throws {
    let pipeline = try SmallPipeline(running: 3)
    let soften = "dk-soften teacher --images shards/train --temperatures 2 --output soft"
    try run(soften, pipeline)
    try AtomicFile.write(Array("a\nb\nc\nd\n".utf8), to: pipeline.directory("names"))
    // The shards keep their bytes: only the names in the manifest are others.
    let before = try digests(pipeline.directory("shards/train"))
    let named = try pipeline.run(SmallPipeline.commands[0] + " --label-names names")
    #expect(named.status == 0 && named.standardError.contains("0 shards to make"))
    #expect(!named.standardOutput.contains("up to date"))
    let after = try digests(pipeline.directory("shards/train"))
    #expect(before.filter { after[$0.key] != $0.value }.keys.sorted() == ["manifest.json"])
    let refused = try pipeline.run(soften)
    #expect(
      refused.status == 73 && refused.lastErrorLine.contains("input images"), "\(refused.lastErrorLine)")
    try run(soften + " --force", pipeline)
    let manifest = try Manifest.read(pipeline.directory("soft/logits")).manifest
    #expect(manifest.parameters["label-names"] == ["a", "b", "c", "d"])
    #expect(try pipeline.run(soften).standardError.contains("up to date"))
  }

  @Test func `Logits of a teacher that was trained again are not joined with the old ones`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let soften = "dk-soften --logits l.safetensors --images shards/train --temperatures 2 --output"
    for (seed, name) in [(1, "first"), (2, "second")] {
      try run(Self.logits(seed: seed), pipeline)
      try run("\(soften) \(name)", pipeline)
    }
    let joined = try pipeline.run("dk-inspect --join first/logits second/logits --output joined")
    #expect(joined.status == 65 && joined.lastErrorLine.contains("teachers"), "\(joined.standardError)")
  }

  @Test func `Files that name different teachers are not one table`() throws {
    let pipeline = try SmallPipeline(running: 1)
    for (name, teacher, rows) in [("a", "one.pt", 0..<300), ("b", "two.pt", 300..<600)] {
      var writer = SafetensorsWriter(metadata: ["teacher": teacher])
      writer.add("logits", [Float](repeating: 0, count: 1200), shape: [300, 4])
      writer.add("indices", rows.map { UInt32($0) }, shape: [300])
      try AtomicFile.write(try writer.bytes(), to: pipeline.directory("\(name).safetensors"))
    }
    let result = try pipeline.run(
      "dk-soften --logits a.safetensors b.safetensors --images shards/train --temperatures 2 --output o")
    #expect(result.status == 65 && result.lastErrorLine.contains("'two.pt'"), "\(result.standardError)")
  }
}
