import Datasets
import Stage
import Storage
import TestSupport
import Testing

/// Images in colour, as of CIFAR: every stage takes them, with labels and without.
struct ColourTests {
  private static let count = 240
  private static let classes = 4
  private static let side = 32

  /// Of each class another channel is bright, and of the last all are dark: told by the colour alone.
  private static func pixels(labels: [UInt8]) -> [UInt8] {
    var state: UInt64 = 11
    return labels.flatMap { label in
      (0..<3).flatMap { channel in
        (0..<side * side).map { _ -> UInt8 in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return UInt8(state >> 58) + (channel == Int(label) ? 140 : 40)
        }
      }
    }
  }

  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    let labels = (0..<Self.count).map { UInt8($0 * 3 % Self.classes) }
    var writer = SafetensorsWriter(metadata: [:])
    // As PyTorch has them: channels first, and labels of eight bytes.
    writer.add("images", Self.pixels(labels: labels), shape: [Self.count, 3, Self.side, Self.side])
    writer.add("labels", labels.map(Int64.init), shape: [Self.count])
    try AtomicFile.write(try writer.bytes(), to: directory("cifar.safetensors"))
  }

  private func run(_ command: String) throws -> Program.Result {
    let result = try Program.run(command, in: directory.path)
    guard result.status == 0 else { throw PipelineFailed(command: command, line: result.lastErrorLine) }
    return result
  }

  @Test func `A set in colour runs through all stages`() throws {
    for command in [
      "dk-ingest cifar.safetensors --validation 40 --shard-size 64 --output shards",
      "dk-ingest cifar.safetensors --validation 40 --shard-size 64 --jitter 2 --copies 3 --output jittered",
      "dk-teach jittered/train --validation shards/validation --hidden 32 --epochs 9 --batch-size 16 --output teacher",
      "dk-soften teacher --images shards/train --temperatures 2 --output soft",
      "dk-distill shards/train --soft-targets soft/temperature=2 --hidden 16 --epochs 9 --batch-size 16 --output student",
      "dk-calibrate student --images shards/train --soft-targets soft/temperature=2 --output calibrated",
      "dk-specialize teacher --images shards/train --sets 0,1 --output sets",
      "dk-teach jittered/train --specialist sets#0 --init teacher --epochs 1 --output specialist",
      "dk-evaluate teacher --specialists specialist --images shards/validation",
      "dk-neighbors student --images shards/validation --among shards/train --k 1",
      "dk-inspect --recompute 10 soft/temperature=2", "dk-inspect --verify calibrated",
    ] {
      _ = try run(command)
    }
    let set = try ImageSet(directory("jittered/train"))
    #expect(set.shape == ImageShape(rows: Self.side, columns: Self.side, channels: 3))
    // Guessing makes 30 errors.
    let report = try run("dk-evaluate student --images shards/validation --json").standardOutput
    #expect(report.contains("\"errors\": 0,") || report.contains("\"errors\":0,"), "\(report)")
  }

  @Test func `A set in colour without labels is shifted, softened, joined and learnt from`() throws {
    var writer = SafetensorsWriter(metadata: [:])
    let labels = (0..<Self.count).map { UInt8($0 % Self.classes) }
    writer.add("images", Self.pixels(labels: labels), shape: [Self.count, 3, Self.side, Self.side])
    try AtomicFile.write(try writer.bytes(), to: directory("bare.safetensors"))
    for command in [
      "dk-ingest cifar.safetensors --output shards",
      "dk-ingest bare.safetensors --jitter 1 --copies 2 --shard-size 64 --output bare",
      "dk-teach shards/train --hidden 32 --epochs 9 --batch-size 16 --output teacher",
      "dk-soften teacher --images bare/train --temperatures 2 --output soft",
      "dk-distill bare/train --soft-targets soft/temperature=2 --hidden 16 --epochs 9 --batch-size 16"
        + " --validation shards/train --output student",
      "dk-ingest bare.safetensors --shard-size 64 --seed 5 --output again",
      "dk-inspect bare/train", "dk-inspect --verify student",
      "dk-evaluate student --images again/train --predictions said.csv",
    ] {
      _ = try run(command)
    }
    #expect(
      String(decoding: try bytes(directory("said.csv")), as: UTF8.self).split(separator: "\n").count == Self
        .count + 1)
  }
}
