import Foundation
import Networks
import Storage
import TestSupport
import Testing
import Training

/// What `dk-teach` and `dk-distill` share, as a user meets it.
@Suite struct TrainingProgramTests {
  @Test(arguments: ["dk-teach", "dk-distill"])
  func `The help lists every hyper-parameter and the version is one line`(program: String) throws {
    let directory = try TemporaryDirectory()
    let help = try Program.run("\(program) --help", in: directory.path)
    #expect(help.status == 0)
    let flags = Set(help.standardOutput.split(whereSeparator: \.isWhitespace))
    for parameter in Hyperparameter.all {
      #expect(flags.contains("--" + parameter.name), "\(parameter.name)")
    }
    for flag in ["--init", "--omit", "--only", "--fraction", "--seeds", "--force", "--threads"] {
      #expect(flags.contains(flag[...]), "\(flag)")
    }
    let version = try Program.run("\(program) --version", in: directory.path)
    #expect(version.status == 0 && version.standardError.isEmpty)
    #expect(version.standardOutput.hasPrefix("Dark Knowledge "))
    #expect(version.standardOutput.split(separator: "\n").count == 1)
  }

  @Test func `A wrong value of any hyper-parameter is one line and 64`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let names = Hyperparameter.all.map(\.name)
    for name in names + ["fraction", "omit", "only"] {
      let result = try pipeline.run("dk-teach shards/train --output t --\(name)=x")
      #expect(result.status == 64, "\(name)")
      #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
      #expect(result.standardError.hasPrefix("dk-teach: error: "))
      #expect(result.lastErrorLine.contains(name) && result.lastErrorLine.contains("'x'"))
    }
    for (options, text) in [
      ("--omit 4", "--omit: expected classes of 0 to 3, found 4"),
      ("--only 0-4", "--only: expected classes of 0 to 3, found 4"),
      ("--fraction 0", "--fraction: expected above 0 to 1"),
      ("--warm-up 7 --epochs 2", "--warm-up: expected at most the 2 epochs of the training"),
      ("--init t --hidden 3", "expected one of --init, --hidden"),
      ("--init t --initial-scale 2", "expected one of --init, --initial-scale"),
    ] {
      let result = try pipeline.run("dk-teach shards/train --output t \(options)")
      #expect(result.status == 64 && result.lastErrorLine.contains(text), "\(result.standardError)")
    }
    #expect(FileSystem.kind(pipeline.directory("t")) == nil)
  }

  @Test func `The validation set is no part of a student`() throws {
    let pipeline = try SmallPipeline(running: 4)
    let distill =
      "dk-distill shards/train --soft-targets soft/temperature=20 --hidden 24 --epochs 3 --batch-size 16"
    for (options, output) in [("", "plain"), (" --validation shards/validation", "judged")] {
      let result = try pipeline.run(distill + options + " --output \(output)")
      #expect(result.status == 0, "\(result.standardError)")
    }
    for name in ["model.safetensors", "manifest.json"] {
      #expect(
        try bytes(pipeline.directory("plain/\(name)")) == bytes(pipeline.directory("judged/\(name)")))
    }
    #expect(try pipeline.entries("plain").allSatisfy { $0.validationErrors == nil })
    #expect(try pipeline.entries("judged").allSatisfy { $0.validationExamples == 60 })
    // With or without it, it is the same student.
    #expect(
      try pipeline.run(distill + " --validation shards/validation --output plain").lastErrorLine
        .contains("up to date"))
  }

  @Test func `Images that are learnt from are not to judge`() throws {
    let pipeline = try SmallPipeline(running: 2)
    let other = "dk-ingest train-images train-labels --validation 60 --shard-size 50 --seed 4 --output other"
    #expect(try pipeline.run(other).status == 0)
    let teach = "dk-teach jittered/train --hidden 8 --epochs 1"
    // Another split of the same images, and the training set itself, however it is shifted.
    for validation in ["other/validation", "shards/train", "jittered/train"] {
      let result = try pipeline.run("\(teach) --validation \(validation) --output t --quiet")
      #expect(result.status == 65, "\(result.standardError)")
      #expect(result.standardError.split(separator: "\n").count == 1)
      #expect(
        result.lastErrorLine.contains("\(validation): expected images apart from those of jittered/train"))
    }
    #expect(try pipeline.run("\(teach) --validation shards/validation --output t").status == 0)
  }

  @Test func `Images without labels teach a student by soft targets alone`() throws {
    let pipeline = try SmallPipeline(running: 3)
    let ingest = try pipeline.run("dk-ingest train-images --shard-size 50 --output unlabelled")
    #expect(ingest.status == 0, "\(ingest.standardError)")
    func expectNoLabels(_ command: String) throws {
      let result = try pipeline.run(command + " --quiet")
      #expect(result.status == 65, "\(command): \(result.standardError)")
      #expect(result.standardError.split(separator: "\n").count == 1)
      #expect(result.lastErrorLine.contains("unlabelled/train: expected images with labels"))
    }
    let options = "--hidden 8 --epochs 2 --output x"
    try expectNoLabels("dk-teach unlabelled/train \(options)")
    try expectNoLabels("dk-distill unlabelled/train \(options)")
    try expectNoLabels("dk-evaluate teacher --images unlabelled/train")
    try SyntheticImages(count: 200, seed: 5).write(to: pipeline.directory.path, prefix: "foreign")
    for command in [
      "dk-ingest foreign-images foreign-labels --shard-size 50 --output foreign",
      "dk-soften teacher --images unlabelled/train --temperatures 4 --output soft",
      "dk-distill unlabelled/train --soft-targets soft/temperature=4 --hidden 24 --epochs 6 --batch-size 16"
        + " --learning-rate 0.1 --validation foreign/train --output student",
      "dk-inspect --recompute 20 soft/temperature=4", "dk-inspect --verify student",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
    try expectNoLabels(
      "dk-distill unlabelled/train --soft-targets soft/temperature=4 --hard-weight 0.5 \(options)")
    // It has learnt what its teacher knows: guessing makes 150 errors.
    let last = try #require(pipeline.entries("student").last)
    #expect(last.validationExamples == 200 && (last.validationErrors ?? 200) < 40, "\(last)")
  }

  @Test func `A student learns from a part of the set and from where another stood`() throws {
    let pipeline = try SmallPipeline(running: 4)
    for command in [
      "dk-distill shards/train --soft-targets soft/temperature=20 --omit 3 --fraction 0.2 --hidden 24"
        + " --epochs 20 --batch-size 8 --learning-rate 0.1 --output few",
      "dk-distill shards/train --init few --only 0,3 --learning-rate 1e-30 --epochs 1 --output same",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(result.standardError)")
    }
    // A fifth of 135 images of each of three classes; then all of two.
    for (model, examples) in [("few", 81), ("same", 270)] {
      let manifest = String(
        decoding: try bytes(pipeline.directory(model + "/manifest.json")), as: UTF8.self)
      #expect(manifest.contains("\"examples\":\(examples),"), "\(manifest)")
    }
    // The same function, but for what rounding does on the way into the training's own scale and back.
    let (few, same) = try (
      Model(pipeline.directory("few")).network, Model(pipeline.directory("same")).network
    )
    for (first, second) in zip(few.parameters.elements, same.parameters.elements) {
      #expect(abs(first - second) < 1e-5)
    }
  }

  @Test func `After kills the log has every epoch once`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let command =
      "dk-teach shards/train --validation shards/validation --hidden 48 --epochs 300"
      + " --batch-size 16 --checkpoint-every 500 --output t"
    // A checkpoint is fifteen epochs old at most, so a kill leaves lines behind that come again.
    for lines in [18, 34] { try pipeline.kill(command, output: "t", epochs: lines) }
    let before = try pipeline.entries("t")
    let result = try pipeline.run(command)
    #expect(result.status == 0 && result.standardError.contains("goes on in epoch"))
    let log = try pipeline.entries("t")
    #expect(log.map(\.epoch) == Array(1...300))
    #expect(Set(log.map(\.training)).count == 1)
    #expect(log.map(\.step) == (1...300).map { $0 * 34 })
    // What comes again is the same but for the clock.
    for (old, new) in zip(before, log) { #expect(old.loss == new.loss && old.epoch == new.epoch) }
    #expect(log.allSatisfy { $0.validationExamples == 60 && $0.loss.isFinite && !$0.time.isEmpty })
  }

  @Test func `A checkpoint has the layout of PyTorch`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let command = "dk-teach shards/train --hidden 70,5 --epochs 100000 --checkpoint-every 40 --output t"
    try pipeline.kill(command, output: "t", epochs: 1)
    let path = pipeline.directory("t/checkpoint.safetensors.zst")
    let file = try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
    var shapes: [String: [Int]] = [:]
    // Adam keeps two moments, and the teacher's weights are averaged.
    for part in ["parameters", "average", "optimizer.0", "optimizer.1"] {
      for (layer, shape) in [[70, 64], [5, 70], [4, 5]].enumerated() {
        shapes["\(part).layers.\(layer).weight"] = shape
        shapes["\(part).layers.\(layer).bias"] = [shape[0]]
      }
    }
    let weights = file.header.tensors.filter { !$0.key.hasPrefix("stream.") }
    #expect(weights.mapValues(\.shape) == shapes)
    #expect(weights.values.allSatisfy { $0.type == .f32 })
    #expect(try file.integers("stream.count", shape: [1]) == [540])
    #expect(file.metadata["identity"] == (try pipeline.entries("t"))[0].training.hex)
  }
}
