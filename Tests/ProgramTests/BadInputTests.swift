import Foundation
import Networks
import Storage
import TestSupport
import Testing

/// Bad input: one clear line, the right exit status, nothing lost.
@Suite struct BadInputTests {
  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 4) }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: pipeline.directory(name)))
  }

  /// Runs a command that must fail, with one line that holds `text`.
  private func expect(_ command: String, status: Int32, _ text: String) throws {
    let result = try pipeline.run(command + " --quiet")
    #expect(result.status == status, "\(command): \(result.standardError)")
    #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
    let program = command.split(separator: " ").first ?? ""
    #expect(result.lastErrorLine.hasPrefix("\(program): error: "))
    #expect(result.lastErrorLine.contains(text), "\(result.lastErrorLine)")
  }

  @Test func `Bad IDX files`() throws {
    let (images, labels) = SyntheticImages(count: 600).idx
    try expect("dk-ingest none train-labels --output x", status: 66, "none: no such file")
    try write(images.dropLast(10), "short")
    try expect(
      "dk-ingest short train-labels --output x", status: 65,
      "short: truncated: expected 38416 bytes, found 38406")
    try expect(
      "dk-ingest train-labels train-labels --output x", status: 65,
      "expected images [n, rows, columns]")
    try write(SyntheticImages(count: 599).idx.labels, "fewer")
    try expect("dk-ingest train-images fewer --output x", status: 65, "expected 600 labels")
    try expect(
      "dk-ingest train-images train-labels --classes 3 --output x", status: 65, "expected 0 to 2, found 3")
    try write(labels + [0], "longer")
    try expect("dk-ingest train-images longer --output x", status: 65, "longer: trailing bytes")
    try expect("dk-ingest train-images train-labels --validation 600 --output x", status: 64, "--validation")
    try expect(
      "dk-ingest train-images train-labels --jitter 1 --copies 10 --output x", status: 64, "expected 1 to 9")
    #expect(FileSystem.kind(pipeline.directory("x")) == nil)
  }

  @Test func `Damaged shards`() throws {
    let name = "shards/train/shard-00003.safetensors.zst"
    let whole = try bytes(pipeline.directory(name))
    let teach = "dk-teach shards/train --hidden 8 --epochs 1 --output t"
    var flipped = whole
    flipped[whole.count / 2] ^= 4
    try write(flipped, name)
    try expect(teach, status: 65, "\(name): checksum mismatch")
    try expect("dk-inspect shards/train", status: 65, "\(name)")
    try write(Array(whole.dropLast()), name)
    try expect(
      teach, status: 65, "\(name): truncated: expected \(whole.count) bytes, found \(whole.count - 1)")
    try FileSystem.remove(pipeline.directory(name))
    try expect(teach, status: 66, "\(name): no such file")
    try write(whole, name)
    #expect(try pipeline.run(teach).status == 0)
  }

  @Test func `Soft targets of other images, other shifts and other classes`() throws {
    for (name, options) in [
      ("other", "--seed 4 --validation 60"), ("moved", "--seed 3 --validation 60 --jitter 1"),
    ] {
      #expect(
        try pipeline.run("dk-ingest train-images train-labels --shard-size 50 \(options) --output \(name)")
          .status == 0)
    }
    let soft = "--soft-targets soft/temperature=20 --hidden 8 --epochs 1 --output s"
    try expect("dk-distill other/train \(soft)", status: 65, "soft targets of other images: row ")
    try expect("dk-distill moved/train \(soft)", status: 65, "no soft targets for moved/train/copy=00/")
    #expect(
      try pipeline.run(
        "dk-ingest train-images train-labels --shard-size 50 --seed 3 --validation 60 --classes 5 --output five"
      ).status == 0)
    try expect("dk-distill five/train \(soft)", status: 65, "expected 5 classes, found 4")
    try expect(
      "dk-distill shards/train --soft-targets soft/logits --epochs 1 --output s", status: 65, "found logits")
    try expect(
      "dk-distill shards/train --soft-targets shards/train --epochs 1 --output s", status: 65,
      "expected the output of dk-soften")
  }

  @Test func `The same rows from another source are still other images`() throws {
    let (images, labels) = SyntheticImages(count: 600, seed: 99).idx
    try write(images, "foreign-images")
    try write(labels, "foreign-labels")
    #expect(
      try pipeline.run(
        "dk-ingest foreign-images foreign-labels --shard-size 50 --seed 3 --validation 60 --output foreign"
      ).status == 0)
    try expect(
      "dk-distill foreign/train --soft-targets soft/temperature=20 --hidden 8 --epochs 1 --output s",
      status: 65, "soft targets of other images: row 0: expected image")
  }

  @Test func `Bad models`() throws {
    let network = Network(Architecture(sizes: [64, 6, 4]), seed: 1)
    network.parameters[network.architecture.layers[0].weight(output: 0, input: 3)] = .infinity
    try write(try network.file(), "infinite.safetensors")
    try expect(
      "dk-evaluate infinite.safetensors --images shards/train", status: 65, "expected finite numbers")
    try write(try Network(Architecture(sizes: [49, 6, 4]), seed: 1).file(), "small.safetensors")
    try expect(
      "dk-evaluate small.safetensors --images shards/train", status: 65, "expected a net of 64 inputs")
    try expect(
      "dk-soften small.safetensors --images shards/train --output z", status: 65,
      "expected a net of 64 inputs")
    let model = pipeline.directory("teacher/model.safetensors")
    var damaged = try bytes(model)
    damaged[damaged.count - 7] ^= 1
    try Data(damaged).write(to: URL(fileURLWithPath: model))
    try expect(
      "dk-evaluate teacher --images shards/train", status: 65, "teacher/model.safetensors: checksum mismatch")
    try expect(
      "dk-evaluate jittered/train --images shards/train", status: 65,
      "expected the output of dk-teach or dk-distill")
  }

  @Test func `Outputs that cannot be written`() throws {
    try expect(
      "dk-ingest train-images train-labels --output train-images", status: 73,
      "expected a directory, found a file")
    try expect("dk-ingest train-images train-labels --output /proc/x", status: 73, "/proc/x")
    try expect("dk-evaluate teacher --images shards/train --output /proc/x.json", status: 73, "/proc/x.json")
    let result = try pipeline.run("dk-evaluate teacher --images shards/train", environment: [:])
    #expect(result.status == 0)
  }

  @Test func `Wrong options`() throws {
    try expect("dk-teach shards/train --epochs 0 --output t", status: 64, "--epochs: expected 1 to")
    try expect("dk-teach shards/train --hidden-dropout 1 --output t", status: 64, "--hidden-dropout")
    for list in ["4-2", "1,,2", "a", "1-2-3", "-1"] {
      try expect("dk-teach shards/train --seeds=\(list) --output t", status: 64, "--seeds: expected a list")
    }
    try expect("dk-teach shards/train --seed 1 --seeds 2 --output t", status: 64, "no --seed")
    try expect(
      "dk-soften teacher --images shards/train --temperatures 1,,2 --output s", status: 64, "--temperatures")
    try expect(
      "dk-soften teacher --images shards/train --temperatures 0 --output s", status: 64, "--temperatures")
    try expect(
      "dk-soften teacher --images shards/train --top-k 5 --output s", status: 64, "--top-k: expected 1 to 4")
    try expect("dk-distill shards/train --hard-weight 0.5 --output s", status: 64, "--soft-targets")
    #expect(try pipeline.run("dk-teach --output t").status == 64)
    #expect(try pipeline.run("dk-teach --help").status == 0)
  }

  @Test func `A training that diverges says so`() throws {
    let result = try pipeline.run(
      "dk-teach shards/train --hidden 32,32 --epochs 5 --learning-rate 1e20 --output t --quiet")
    #expect(result.status == 65)
    let lines = result.standardError.split(separator: "\n")
    // Each time that it began again is a warning.
    #expect(lines.dropLast().allSatisfy { $0.hasPrefix("dk-teach: warning: ") })
    #expect(lines.last?.hasPrefix("dk-teach: error: training diverged") == true)
    #expect(lines.last?.hasSuffix("; lower --learning-rate") == true)
  }
}
