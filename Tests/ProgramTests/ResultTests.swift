import Foundation
import Networks
import Storage
import TestSupport
import Testing

/// What the programs compute, seen from outside.
@Suite struct ResultTests {
  private static let mnist = ProcessInfo.processInfo.environment["DK_MNIST_DIR"]

  private struct Report: Decodable {
    let errors: Int
    let examples: Int
    let errorsPerClass: [Int]
  }

  private func evaluate(_ pipeline: SmallPipeline, _ models: String, _ images: String) throws -> Report {
    let result = try pipeline.run("dk-evaluate \(models) --images \(images) --json --quiet")
    return try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
  }

  @Test func `Teacher and student learn the bars`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    for model in ["teacher", "student", "teacher student"] {
      let report = try evaluate(pipeline, model, "shards/validation")
      #expect(report.examples == 60)
      // Guessing makes 45.
      #expect(report.errors <= 6, "\(model)")
      #expect(report.errorsPerClass.reduce(0, +) == report.errors)
    }
  }

  @Test func `Predictions are written with their images`() throws {
    let pipeline = try SmallPipeline(running: 3)
    #expect(
      try pipeline.run("dk-evaluate teacher --images shards/validation --predictions p.csv").status == 0)
    let lines = String(decoding: try bytes(pipeline.directory("p.csv")), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 61)
    #expect(lines[0] == "index,variant,source,label,prediction,p0,p1,p2,p3")
    let errors = lines.dropFirst().count { line in
      let cells = line.split(separator: ",")
      return cells[3] != cells[4]
    }
    #expect(errors == (try evaluate(pipeline, "teacher", "shards/validation").errors))
  }

  @Test func `Logits of another framework give the soft targets of our teacher`() throws {
    let pipeline = try SmallPipeline(running: 4)
    var logits: [Float] = []
    var indices: [UInt32] = []
    for number in (0..<11).reversed() {
      let path = pipeline.directory("soft/logits/shard-000\(number < 10 ? "0" : "")\(number).safetensors.zst")
      let file = try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
      logits += try file.floats("logits", shape: [nil, 4])
      indices += try file.elements("indices", as: UInt32.self, shape: [nil])
    }
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("logits", logits, shape: [indices.count, 4])
    writer.add("indices", indices, shape: [indices.count])
    try AtomicFile.write(try writer.bytes(), to: pipeline.directory("their.safetensors"))
    let result = try pipeline.run(
      "dk-soften --logits their.safetensors --images shards/train --temperatures 20 --output theirs")
    #expect(result.status == 0, "\(result.standardError)")
    func targets(_ directory: String) throws -> [Float] {
      let path = pipeline.directory("\(directory)/temperature=20/shard-00004.safetensors.zst")
      return try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
        .floats("soft_targets", shape: [nil, 4])
    }
    #expect(try targets("theirs") == targets("soft"))
  }

  @Test func `A safetensors source gives the shards of the IDX source`() throws {
    let pipeline = try SmallPipeline()
    let images = SyntheticImages(count: 600)
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("images", images.images, shape: [600, 8, 8])
    writer.add("labels", images.labels, shape: [600])
    try AtomicFile.write(try writer.bytes(), to: pipeline.directory("set.safetensors"))
    for (source, output) in [("train-images train-labels", "a"), ("set.safetensors", "b")] {
      #expect(
        try pipeline.run("dk-ingest \(source) --jitter 1 --copies 2 --seed 1 --output \(output)").status == 0)
    }
    func content(_ output: String) throws -> [UInt8] {
      let path = pipeline.directory("\(output)/train/copy=01/shard-00000.safetensors.zst")
      return try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
        .elements("images", as: UInt8.self, shape: [600, 8, 8])
    }
    #expect(try content("a") == content("b"))
  }

  @Test func `Two teachers, the loss on logits, and hard targets beside soft ones`() throws {
    let pipeline = try SmallPipeline(running: 3)
    for command in [
      SmallPipeline.commands[2].replacingOccurrences(
        of: "--output teacher", with: "--seed 1 --output second"),
      "dk-soften teacher second --images shards/train --temperatures 4 --combine geometric --output two",
      "dk-distill shards/train --soft-targets two/logits --loss logits --hidden 16 --epochs 3 --output by-logits",
      "dk-distill shards/train --soft-targets two/temperature=4 --hard-weight 0.2 --hidden 16 --epochs 3 --output mixed",
      "dk-inspect --recompute 20 two/temperature=4",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
  }

  @Test(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
  func `PyTorch reads shards and model and makes the same errors`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    let script = reference("read_with_python.py")
    let result = try Program.run(
      "\(python ?? "") \(script) --model student --shards shards/train --soft-targets soft/temperature=20",
      in: pipeline.directory.path)
    struct Answer: Decodable {
      let examples: Int
      let errors: Int
      let joined: Bool
    }
    let answer = try JSONDecoder().decode(Answer.self, from: Data(result.standardOutput.utf8))
    let report = try evaluate(pipeline, "student", "shards/train")
    #expect(answer.joined)
    #expect(answer.examples == report.examples && answer.errors == report.errors)
  }

  @Test(.enabled(if: mnist != nil, "needs DK_MNIST_DIR; pipelines/test.sh sets it"))
  func `One epoch on real MNIST already gets nineteen of twenty validation digits right`() throws {
    let directory = try TemporaryDirectory()
    let data = Self.mnist ?? ""
    for command in [
      "dk-ingest \(data)/train-images-idx3-ubyte \(data)/train-labels-idx1-ubyte --validation 5000 --output shards",
      "dk-distill shards/train --hidden 128 --epochs 1 --learning-rate 0.1 --output baseline",
    ] {
      #expect(try Program.run(command, in: directory.path).status == 0)
    }
    let result = try Program.run(
      "dk-evaluate baseline --images shards/validation --json --quiet", in: directory.path)
    let report = try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
    #expect(report.examples == 5000 && report.errors < 250)
  }

  @Test func `Of images that nobody has labelled predictions and fidelity are said and no errors`() throws {
    let pipeline = try SmallPipeline(running: 3)
    for command in [
      "dk-ingest train-images --shard-size 100 --output bare",
      "dk-soften teacher --images bare/train --temperatures 4 --output words",
      "dk-distill bare/train --soft-targets words/temperature=4 --hidden 16 --epochs 2 --output pupil",
    ] { #expect(try pipeline.run(command).status == 0, "\(command)") }
    let result = try pipeline.run(
      "dk-evaluate pupil --images bare/train --soft-targets words/temperature=4 --predictions p.csv --json")
    #expect(result.status == 0, "\(result.standardError)")
    #expect(result.standardOutput.contains("\"examples\":600") && result.standardOutput.contains("agreement"))
    #expect(!result.standardOutput.contains("errors"))
    let lines = String(decoding: try bytes(pipeline.directory("p.csv")), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 601 && lines[1].split(separator: ",", omittingEmptySubsequences: false)[3].isEmpty)
    for (command, status) in [
      ("dk-evaluate pupil --images bare/train", 65), ("dk-teach bare/train --output t", 65),
      ("dk-distill bare/train --output t", 65),
      ("dk-distill bare/train --soft-targets words/temperature=4 --hard-weight 0.5 --output t", 65),
      ("dk-distill bare/train --soft-targets words/temperature=4 --omit 3 --output t", 65),
    ] {
      let refused = try pipeline.run(command)
      #expect(
        refused.status == status && refused.lastErrorLine.contains("labels"), "\(refused.standardError)")
    }
    // All else works without labels.
    for command in [
      "dk-ingest train-images --jitter 1 --copies 2 --output moved", "dk-inspect bare/train",
      "dk-inspect --join bare/train bare/train --output both", "dk-inspect --verify pupil",
      "dk-calibrate pupil --images bare/train --soft-targets words/temperature=4 --output corrected",
    ] { #expect(try pipeline.run(command).status == 0, "\(command)") }
  }
}
