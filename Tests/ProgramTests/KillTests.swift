import Foundation
import Storage
import TestSupport
import Testing

/// Stages that are killed at random moments and run again end with the bytes of an uninterrupted run.
@Suite struct KillTests {
  /// Beside the small pipeline: several nets at once, a training that spends most of its time with validation, one
  /// that ends early, specialists, a calibration, a join, and a compressed source.
  private static let more = [
    (
      "nets",
      "dk-teach shards/train --hidden 24 --epochs 4 --batch-size 16 --checkpoint-every 9 --seeds 0-3"
        + " --threads 2 --output nets"
    ),
    (
      "judged",
      "dk-teach shards/train --validation many/train --hidden 64 --epochs 4 --checkpoint-every 8"
        + " --output judged"
    ),
    (
      "stopped",
      "dk-teach shards/train --validation shards/validation --hidden 24 --epochs 60 --batch-size 16"
        + " --schedule constant --early-stopping 3 --checkpoint-every 8 --output stopped"
    ),
    ("sets", "dk-specialize teacher --images many/train --specialists 2 --output sets"),
    (
      "specialist",
      "dk-teach jittered/train --specialist sets#1 --init teacher --epochs 5 --batch-size 16"
        + " --checkpoint-every 7 --output specialist"
    ),
    ("corrected", "dk-calibrate teacher --images many/train --prior uniform --output corrected"),
    ("both", "dk-inspect --join shards/train many/train --output both"),
    ("unzipped", "dk-ingest many-images.gz many-labels.gz --shard-size 400 --output unzipped"),
  ]

  @Test func `Kills at random moments change no byte`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    try SyntheticImages(count: 20_000, seed: 4).write(to: pipeline.directory.path, prefix: "many")
    let prepared = try pipeline.shell(
      "gzip -k many-images many-labels && dk-ingest many-images many-labels --shard-size 400 --output many")
    try #require(prepared.status == 0, "\(prepared.standardError)")
    let stages = Array(zip(SmallPipeline.outputs, SmallPipeline.commands)) + Self.more
    let killer = Killer(pipeline, seed: 20_260_101)
    let perStage = (Killer.kills + stages.count - 1) / stages.count
    for (output, command) in stages {
      try FileSystem.remove(pipeline.directory(output))
      let whole = try killer.duration(of: command)
      let expected = try digests(pipeline.directory(output))
      var attempts = 0
      var kills = 0
      while kills < perStage, attempts < perStage * 20 {
        attempts += 1
        // Now and then from the start, else from what the last kill left.
        if attempts % 3 == 1 { try FileSystem.remove(pipeline.directory(output)) }
        if try killer.strike(command, within: whole) == -SIGKILL { kills += 1 }
      }
      #expect(kills == perStage, "\(command): killed \(kills) times in \(attempts) attempts")
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
      #expect(try digests(pipeline.directory(output)) == expected, "\(command)")
      #expect(try pipeline.remains(output) == [], "\(command)")
    }
    for (output, count) in [
      ("teacher", 6), ("student", 6), ("nets/seed=2", 4), ("judged", 4), ("specialist", 5),
    ] {
      #expect(try pipeline.epochs(output) == Array(1...count), "\(output)")
    }
  }

  @Test func `A training stopped by signals goes on in the middle of an epoch`() throws {
    let pipeline = try SmallPipeline(running: 2)
    // Checkpoints by the signal alone.
    let command = "dk-teach shards/train --hidden 32 --epochs 400 --checkpoint-every 1000000 --output teacher"
    #expect(try pipeline.run(command).status == 0)
    let expected = try pipeline.digests()
    try FileSystem.remove(pipeline.directory("teacher"))
    var lines = 0
    for _ in 0..<4 {
      let words = command.split(separator: " ").map(String.init)
      let program = try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
      try program.start()
      let before = lines
      while program.isRunning, lines < before + 5 {
        lines = (try? bytes(pipeline.directory("teacher/log.jsonl")).count { $0 == 10 }) ?? 0
      }
      program.send(signal: SIGTERM)
      #expect(program.finish().status == 143)
    }
    #expect(try pipeline.run(command).standardError.contains("goes on in epoch"))
    #expect(try pipeline.digests() == expected)
  }
}
