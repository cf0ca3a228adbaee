import Datasets
import Foundation
import Networks
import Stage
import Storage
import TestSupport
import Testing

/// Sets of classes, specialists, and their answers together with a generalist, as a user runs them.
@Suite struct SpecialistProgramTests {
  private let pipeline: SmallPipeline

  /// With a generalist that errs, and label names.
  init() throws {
    pipeline = try SmallPipeline()
    try AtomicFile.write(Array("left\nO\n0\nlast\n".utf8), to: pipeline.directory("names"))
    try SyntheticImages(count: 400, seed: 9).write(to: pipeline.directory.path, prefix: "test")
    for command in [
      "dk-ingest train-images train-labels --shard-size 50 --label-names names --output shards",
      "dk-ingest test-images test-labels --split test --shard-size 150 --label-names names --output shards",
      "dk-teach shards/train --hidden 16 --epochs 1 --output teacher",
      "dk-specialize teacher --images shards/train --sets 1,2:3 --output sets",
      "dk-soften teacher --images shards/train --temperatures 4 --output words",
    ] { try pipeline.succeed(command) }
  }

  private func teach(_ output: String, set: Int = 0, _ options: String = "") throws -> Model {
    try pipeline.succeed(
      "dk-teach shards/train --specialist sets#\(set) --init teacher --epochs 30 --batch-size 16 \(options)"
        + " --output \(output)")
    return try Model(pipeline.directory(output))
  }

  private struct Evaluation: Decodable {
    struct Panel: Decodable {
      struct Coverage: Decodable { let specialists, examples, generalistErrors, errors: Int }
      struct Conditional: Decodable { let special: [Int], examples, generalistErrors, errors: Int }
      let generalistErrors, asked: Int
      let coverage: [Coverage]
      let conditional: [Conditional]
    }
    let examples, errors: Int
    let labelNames: [String]?
    let specialists: Panel?
  }

  private func evaluate(_ words: String) throws -> Evaluation {
    let result = try pipeline.succeed("dk-evaluate \(words) --images shards/test --json")
    return try JSONDecoder().decode(Evaluation.self, from: Data(result.standardOutput.utf8))
  }

  @Test func `Specialists make fewer errors than their generalist, and the tables say where`() throws {
    let first = try teach("first")
    #expect(first.labelMap.special == [1, 2] && first.labelMap.form == .dustbin && first.role == .specialist)
    #expect(first.network.architecture.classes == 3)
    _ = try teach("second", set: 1)
    let alone = try evaluate("teacher")
    let together = try evaluate("teacher --specialists first second --top 2")
    let panel = try #require(together.specialists)
    #expect(panel.generalistErrors == alone.errors && alone.errors > 10)
    #expect(together.errors < alone.errors * 3 / 4, "\(together.errors) of \(alone.errors)")
    #expect(panel.coverage.map(\.specialists) == [0, 1])
    #expect(panel.coverage.reduce(0) { $0 + $1.examples } == 400)
    #expect(panel.coverage.reduce(0) { $0 + $1.errors } == together.errors)
    #expect(panel.conditional.map(\.special) == [[1, 2], [3]])
    #expect(panel.conditional[0].errors <= panel.conditional[0].generalistErrors)
    #expect(panel.asked > 200 && panel.asked <= 400)
    let table = try pipeline.succeed("dk-evaluate teacher --specialists first --images shards/test")
      .standardOutput
    #expect(table.contains("specialists covering the class") && table.contains("left"), "\(table)")
    // By its own outputs: two classes and all others.
    #expect(try evaluate("first").labelNames == ["O", "0", "others"])
  }

  @Test func `With soft targets a specialist keeps an output for each class`() throws {
    let read = try teach("full", set: 0, "--soft-targets words/temperature=4 --hard-weight 0.5")
    #expect(read.labelMap.special == [1, 2] && read.labelMap.form == .full)
    #expect(read.network.architecture.classes == 4)
    let together = try evaluate("teacher --specialists full --top 2")
    #expect(together.errors < (together.specialists?.generalistErrors ?? 0))
  }

  @Test func `Joint soft targets are those of the joint answer and teach a student`() throws {
    _ = try teach("first")
    try pipeline.succeed(
      "dk-soften teacher --specialists first --images shards/test --temperatures 1,8 --output joint")
    #expect(try pipeline.run("dk-inspect --recompute 100 joint/temperature=8").status == 0)
    #expect(try pipeline.run("dk-inspect --verify joint/temperature=1").status == 0)
    let fidelity = try pipeline.succeed(
      "dk-evaluate teacher --specialists first --images shards/test --soft-targets joint/temperature=8 --json"
    )
    #expect(fidelity.standardOutput.contains("\"agreeing\":400"), "\(fidelity.standardOutput)")
    try pipeline.succeed(
      "dk-distill shards/test --soft-targets joint/temperature=8 --hidden 16 --epochs 1 --output student")
    // Other specialists are other words.
    let other = try pipeline.run(
      "dk-soften teacher --specialists first --top 2 --images shards/test --temperatures 1,8 --output joint")
    #expect(other.status == 73 && other.lastErrorLine.contains("top 1, now 2"), "\(other.standardError)")
  }

  @Test func `A corrected dustbin has the share that the others have`() throws {
    // Images that tell nothing of their labels, so a specialist can only learn how frequent its classes are.
    let labels = (0..<600).map { UInt8($0 % 20 == 0 ? 1 : $0 % 20 == 1 ? 2 : 0) }
    var writer = SafetensorsWriter(metadata: [:])
    writer.add(
      "images", (0..<600).flatMap { [UInt8](repeating: UInt8($0 / 20 % 3 * 90), count: 4) },
      shape: [600, 2, 2])
    writer.add("labels", labels, shape: [600])
    try AtomicFile.write(try writer.bytes(), to: pipeline.directory("alike.safetensors"))
    for command in [
      "dk-ingest alike.safetensors --output alike",
      "dk-teach alike/train --hidden 32 --epochs 1 --output dull",
      "dk-specialize dull --images alike/train --sets 1 --output one",
      "dk-teach alike/train --specialist one#0 --init dull --epochs 40 --batch-size 16 --hidden-dropout 0"
        + " --optimizer sgd --learning-rate 0.02 --output rare",
    ] { try pipeline.succeed(command) }
    let network = try Model(pipeline.directory("rare")).network
    for pixel: UInt8 in [0, 90, 180] {
      let logits = network.logits(Features(pixels: [pixel, pixel, pixel, pixel], width: 4))
      let share = 1 / (1 + exp(Double(logits[1] - logits[0])))
      #expect(abs(share - 0.05) < 0.015, "\(share)")
    }
  }

  @Test func `Found sets are those that are confused, by name, and the same for any threads`() throws {
    let command = "dk-specialize teacher --images shards/train --specialists 2 --seed 4"
    let table = try pipeline.succeed(command + " --threads 2 --output found").standardOutput
    #expect(table.contains("mean correlation") && table.contains("left"), "\(table)")
    try pipeline.succeed(command + " --threads 1 --output again")
    #expect(
      try bytes(pipeline.directory("found/sets.safetensors"))
        == bytes(pipeline.directory("again/sets.safetensors")))
    let grown = try pipeline.succeed(
      "dk-specialize teacher --images shards/train --specialists 3 --size 2 --output grown")
    #expect(grown.standardError.contains("done"))
    let sets = try Safetensors(try bytes(pipeline.directory("grown/sets.safetensors")), path: "grown")
    let members = try sets.elements("sets", as: UInt8.self, shape: [3, 4])
    for set in 0..<3 { #expect(members[set * 4..<set * 4 + 4].reduce(0, +) == 2) }
    #expect(try pipeline.succeed(command + " --output found").standardError.contains("up to date"))
    #expect(try pipeline.run("dk-inspect --verify found").status == 0)
  }

  @Test func `What cannot be is one line`() throws {
    for (command, words, status) in [
      ("dk-specialize teacher --images shards/train --output s", "expected one of", 64),
      ("dk-specialize teacher --images shards/train --specialists 1 --output s", "2 to 4", 64),
      ("dk-specialize teacher --images shards/train --specialists 5 --output s", "2 to 4", 64),
      ("dk-specialize teacher --images shards/train --specialists 2 --size 4 --output s", "1 to 3", 64),
      ("dk-specialize teacher --images shards/train --sets 0,1,2,3 --output s", "not all of them", 64),
      ("dk-specialize teacher --images shards/train --sets 1,1 --output s", "different classes", 64),
      ("dk-specialize teacher --images shards/train --sets 1:9 --output s", "0 to 3", 64),
      ("dk-specialize teacher --images shards/train --sets 1,x --output s", "classes such as", 64),
      (
        "dk-specialize teacher --images shards/train --specialists 2 --temperature 0 --output s", "above 0",
        64
      ),
      ("dk-teach shards/train --specialist sets --init teacher --output s", "sets#0", 64),
      ("dk-teach shards/train --specialist sets#2 --init teacher --output s", "0 to 1", 64),
      ("dk-teach shards/train --specialist teacher#0 --init teacher --output s", "specialist sets", 65),
      (
        "dk-teach shards/train --specialist sets#0 --init teacher --hard-weight 0.5 --output s", "--soft-t",
        64
      ),
      ("dk-teach shards/train --soft-targets words/temperature=4 --output s", "--specialist", 64),
      ("dk-teach shards/train --specialist sets#0 --init sp --output s", "a specialist of 1,2", 65),
      ("dk-teach shards/train --specialist sets#0 --init teacher --only 1,2 --output s", "other classes", 65),
      (
        "dk-teach shards/train --specialist sets#0 --init teacher --omit 1,2 --output s", "special classes",
        65
      ),
      ("dk-evaluate teacher teacher --specialists sp --images shards/test", "one model", 64),
      ("dk-evaluate teacher --specialists teacher --images shards/test", "expected a specialist", 65),
      ("dk-evaluate teacher --specialists sp --top 5 --images shards/test", "1 to 4", 64),
      ("dk-evaluate sp teacher --images shards/test", "a specialist of 1,2", 65),
      ("dk-soften sp --images shards/train --output s", "a specialist of 1,2", 65),
      ("dk-soften --logits x --specialists sp --images shards/train --output s", "one teacher", 64),
      ("dk-calibrate sp --images shards/train --prior uniform --output s", "a specialist of 1,2", 65),
      ("dk-distill shards/train --init sp --output s", "a specialist of 1,2", 65),
      ("dk-ingest train-images train-labels --label-names train-images --output s", "UTF-8", 65),
      ("dk-ingest train-images train-labels --label-names names --classes 5 --output s", "5 names", 64),
    ] as [(String, String, Int32)] {
      if command.contains(" sp") { _ = try teach("sp") }
      let result = try pipeline.run(command)
      #expect(
        result.status == status && result.lastErrorLine.contains(words),
        "\(result.status) \(result.standardError)")
      #expect(try FileSystem.type(pipeline.directory("s")) == nil)
    }
  }

  @Test func `Names that are no names are refused`() throws {
    for text in ["a\nb\nc\n", "a\nb\n\nd\n", "a\nb\nb\nd\n", "a\nb\u{1B}[1m\nc\nd\n"] {
      try AtomicFile.write(Array(text.utf8), to: pipeline.directory("bad"))
      let result = try pipeline.run(
        "dk-ingest train-images train-labels --classes 4 --label-names bad --output s")
      #expect([64, 65].contains(result.status), "\(result.standardError)")
      #expect(try FileSystem.type(pipeline.directory("s")) == nil)
    }
  }
}
