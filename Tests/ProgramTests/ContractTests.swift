import Foundation
import Storage
import TestSupport
import Testing

/// The stage contract, as a user of the programs meets it.
@Suite struct ContractTests {
  @Test func `Every stage says up to date the second time, fast and without a change`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    let before = try pipeline.digests()
    // Data that cannot be read would be noticed if they were.
    for output in ["shards/train", "jittered/train/copy=00"] {
      for name in try FileSystem.list(pipeline.directory(output)) where name.hasSuffix(".zst") {
        let path = pipeline.directory(output + "/" + name)
        let size = try bytes(path).count
        try Data(count: size).write(to: URL(fileURLWithPath: path))
      }
    }
    for command in SmallPipeline.commands {
      let result = try pipeline.run(command)
      #expect(result.status == 0)
      #expect(result.standardError.contains("up to date"))
    }
    let after = try pipeline.digests()
    #expect(before.filter { $0.key.contains("manifest") } == after.filter { $0.key.contains("manifest") })
  }

  @Test func `One thread and two give the same bytes at every stage`() throws {
    let all = try [1, 2].map { threads in
      let pipeline = try SmallPipeline()
      for command in SmallPipeline.commands {
        #expect(try pipeline.run(command + " --threads \(threads)").status == 0)
      }
      return try pipeline.digests()
    }
    #expect(all[0].count > 40)
    #expect(all[0] == all[1])
  }

  @Test func `Several seeds at once give what each gives alone, and only the missing ones are trained`()
    throws
  {
    let pipeline = try SmallPipeline(running: 2)
    let teach = "dk-teach jittered/train --hidden 24 --epochs 3 --batch-size 16 --dropout batch"
    for seed in [2, 5] {
      #expect(try pipeline.run(teach + " --seed \(seed) --output alone\(seed)").status == 0)
    }
    #expect(try pipeline.run(teach + " --seeds 2,3 --threads 2 --output nets").status == 0)
    let third = try bytes(pipeline.directory("nets/seed=3/log.jsonl"))
    let result = try pipeline.run(teach + " --seeds 1-3,5,2 --threads 3 --output nets --json")
    #expect(result.status == 0)
    #expect(result.standardOutput.components(separatedBy: "up to date").count == 3)
    #expect(try bytes(pipeline.directory("nets/seed=3/log.jsonl")) == third)
    for seed in [2, 5] {
      for name in ["model.safetensors", "manifest.json"] {
        #expect(
          try bytes(pipeline.directory("nets/seed=\(seed)/\(name)"))
            == bytes(pipeline.directory("alone\(seed)/\(name)")))
      }
    }
    #expect(
      try FileSystem.list(pipeline.directory("nets")).sorted() == ["seed=1", "seed=2", "seed=3", "seed=5"])
    #expect(try pipeline.run(teach + " --seeds 1-3 --hidden 8 --output nets").status == 73)
  }

  @Test func `A new temperature and a deleted shard are all that is made`() throws {
    let pipeline = try SmallPipeline(running: 4)
    let before = try pipeline.digests()
    try FileSystem.remove(pipeline.directory("soft/temperature=1/shard-00002.safetensors.zst"))
    let result = try pipeline.run(
      "dk-soften teacher --images shards/train --temperatures 1,3,20 --output soft")
    #expect(result.status == 0)
    #expect(result.standardError.contains("soft/temperature=1: 1 shards to make, 10 reused"))
    #expect(result.standardError.contains("soft/temperature=3: 11 shards to make, 0 reused"))
    let after = try pipeline.digests()
    #expect(before.allSatisfy { after[$0.key] == $0.value })
  }

  @Test func `Logits alone give the same soft targets as the teacher`() throws {
    let pipeline = try SmallPipeline(running: 4)
    let before = try pipeline.digests()
    try FileSystem.remove(pipeline.directory("soft/temperature=20"))
    #expect(
      try pipeline.run("dk-soften --from-logits soft/logits --temperatures 20 --output soft").status == 0)
    #expect(try pipeline.digests() == before)
  }

  @Test func `More copies leave those that exist as they are`() throws {
    let pipeline = try SmallPipeline(running: 2)
    let before = try digests(pipeline.directory("jittered/train/copy=00"))
    let more = SmallPipeline.commands[1].replacingOccurrences(of: "--copies 3", with: "--copies 5")
    let result = try pipeline.run(more)
    #expect(result.status == 0)
    #expect(result.standardError.contains("22 shards made, 33 reused"))
    #expect(try digests(pipeline.directory("jittered/train/copy=00")) == before)
    let fewer = try pipeline.run(SmallPipeline.commands[1])
    #expect(fewer.status == 73)
    #expect(fewer.lastErrorLine.contains("copies 5, now 3"))
  }

  @Test func `Changed parameters are refused, and replaced with force`() throws {
    let pipeline = try SmallPipeline(running: 3)
    let other = SmallPipeline.commands[2] + " --seed 9"
    let refused = try pipeline.run(other)
    #expect(refused.status == 73)
    #expect(
      refused.lastErrorLine.hasPrefix(
        "dk-teach: error: teacher already exists with other settings (seed 0, now 9)"))
    let before = try digests(pipeline.directory("teacher"))
    #expect(try pipeline.run(other + " --force").status == 0)
    #expect(try digests(pipeline.directory("teacher")) != before)
    #expect(try pipeline.run(SmallPipeline.commands[2] + " --force").status == 0)
    #expect(try digests(pipeline.directory("teacher")) == before)
  }

  @Test func `A second run on a directory leaves with 75 and one line`() throws {
    let pipeline = try SmallPipeline(running: 2)
    let long = SmallPipeline.commands[2].replacingOccurrences(of: "--epochs 6", with: "--epochs 100000")
    let first = try Program(
      "dk-teach", long.split(separator: " ").dropFirst().map(String.init), in: pipeline.directory.path)
    try first.start()
    while FileSystem.kind(pipeline.directory("teacher/checkpoint.safetensors.zst")) == nil, first.isRunning {
      usleep(5000)
    }
    let second = try pipeline.run(long)
    #expect(second.status == 75)
    #expect(second.standardError.split(separator: "\n").count == 1)
    first.send(signal: SIGINT)
    let result = first.finish()
    #expect(result.status == 130)
    #expect(result.lastErrorLine.contains("the same command goes on from here"))
  }

  @Test func `A dry run writes nothing and estimates what a run would`() throws {
    let pipeline = try SmallPipeline(running: 2)
    let result = try pipeline.run(SmallPipeline.commands[2] + " --dry-run")
    #expect(result.status == 0)
    #expect(result.standardOutput.contains("would be made"))
    #expect(FileSystem.kind(pipeline.directory("teacher")) == nil)
  }

  @Test func `JSON goes to stdout as one object`() throws {
    let pipeline = try SmallPipeline(running: 3)
    let more = [
      "dk-evaluate teacher --images shards/validation",
      "dk-calibrate teacher --images shards/validation --prior labels --output corrected",
    ]
    for command in SmallPipeline.commands.prefix(3) + more {
      let result = try pipeline.run(command + " --json --quiet")
      #expect(result.standardError == "")
      #expect(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) is [String: Any])
    }
  }
}
