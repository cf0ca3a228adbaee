import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct InspectTests {
  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: SmallPipeline.commands.count) }

  @Test func `The chain of a student leads back to the images`() throws {
    let result = try pipeline.run("dk-inspect --verify student")
    #expect(result.status == 0)
    for part in [
      "student", "soft/temperature=20", "soft/logits", "teacher", "jittered/train", "shards/train",
      "train-images",
    ] {
      #expect(result.standardOutput.contains(part), "\(part)")
    }
  }

  @Test func `A teacher that was trained again makes its soft targets stale`() throws {
    #expect(try pipeline.run(SmallPipeline.commands[2] + " --seed 8 --force").status == 0)
    let result = try pipeline.run("dk-inspect --verify student")
    #expect(result.status == 65)
    #expect(result.standardOutput.contains("stale"))
    #expect(result.lastErrorLine.contains("soft/logits: stale: input teacher.0"))
    // The command that made them notices as well, and names what differs.
    let soften = try pipeline.run(SmallPipeline.commands[3])
    #expect(soften.status == 73)
    #expect(soften.lastErrorLine.contains("input teacher.0"))
  }

  @Test(arguments: ["soft/logits", "soft/temperature=20", "few/temperature=4"])
  func `Recomputed rows are the stored ones`(directory: String) throws {
    let result = try pipeline.run("dk-inspect --recompute 40 \(directory)")
    #expect(result.status == 0, "\(result.standardError)")
    #expect(result.standardOutput.contains("40 rows recomputed"))
  }

  @Test func `Rows are shown as text`() throws {
    let images = try pipeline.run("dk-inspect --dump shards/train/shard-00000.safetensors.zst --rows 2")
    #expect(images.standardOutput.split(separator: "\n").count == 1 + SyntheticImages.side)
    let soft = try pipeline.run("dk-inspect --dump soft/temperature=1/shard-00000.safetensors.zst --rows 0-1")
    #expect(soft.standardOutput.contains("row 1\n") && soft.standardOutput.contains("soft_targets: "))
    #expect(
      try pipeline.run("dk-inspect --dump shards/train/shard-00000.safetensors.zst --rows b").status == 64)
  }

  @Test func `Joined images and joined soft targets belong together`() throws {
    try SyntheticImages(count: 200, seed: 5).write(to: pipeline.directory.path, prefix: "more")
    for command in [
      "dk-ingest more-images more-labels --shard-size 50 --output more",
      "dk-soften teacher --images more/train --temperatures 20 --output more-soft",
      "dk-inspect --join shards/train more/train --output both",
      "dk-inspect --join soft/temperature=20 more-soft/temperature=20 --output both-soft",
      "dk-distill both --soft-targets both-soft --hidden 8 --epochs 1 --output joined",
      "dk-inspect both",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
    // The statistics of the joined set are those of its shards.
    let both = try ImageSet(pipeline.directory("both"))
    var counted = FeatureStatistics(inputs: both.shape.count, classes: both.classes)
    for entry in both.shards {
      let shard = try both.read(entry)
      counted.add(shard.features, labels: shard.labels)
    }
    #expect(try both.statistics() == counted && counted.examples == 740)
    let wrong = try pipeline.run("dk-inspect --join shards/train soft/logits --output wrong")
    #expect(wrong.status == 65)
  }

  @Test func `A set that grows costs its new shards alone`() throws {
    for (index, name) in ["more", "most"].enumerated() {
      try SyntheticImages(count: 100, seed: UInt64(index) + 5).write(
        to: pipeline.directory.path, prefix: name)
      let ingest = "dk-ingest \(name)-images \(name)-labels --shard-size 50 --output \(name)"
      #expect(try pipeline.run(ingest).status == 0)
    }
    let soften = "dk-soften teacher --images all --temperatures 20 --output grown"
    #expect(try pipeline.run("dk-inspect --join shards/train more/train --output all").status == 0)
    #expect(try pipeline.run(soften).status == 0)
    let before = try digests(pipeline.directory("grown/temperature=20"))
    #expect(try pipeline.run("dk-inspect --join shards/train more/train most/train --output all").status == 0)
    let result = try pipeline.run(soften)
    #expect(
      result.standardError.contains("grown/logits: 2 shards to make, 13 reused"), "\(result.standardError)")
    #expect(result.standardError.contains("grown/temperature=20: 2 shards to make, 13 reused"))
    let after = try digests(pipeline.directory("grown/temperature=20"))
    #expect(before.allSatisfy { $0.key == "manifest.json" || after[$0.key] == $0.value })
    #expect(try pipeline.run("dk-inspect --verify grown/temperature=20").status == 0)
  }

  @Test func `Every kind of file is described`() throws {
    for (path, text) in [
      ("train-images", "IDX images"), ("shards", "directory of 2"),
      ("shards/train/shard-00000.safetensors.zst", "zstd frame"),
      ("teacher", "finished output of dk-teach"), ("teacher/model.safetensors", "layers.0.weight"),
      ("shards/train/statistics.st", "examples_per_class"), ("few/temperature=4", "result kl"),
      ("few/temperature=4/manifest.json", "parameter top-k"),
    ] {
      let result = try pipeline.run("dk-inspect \(path)")
      #expect(result.status == 0, "\(result.standardError)")
      #expect(result.standardOutput.contains(text), "\(path)")
    }
  }
}
