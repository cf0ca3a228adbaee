import Foundation
import Storage
import TestSupport
import Testing

/// Several programs on one directory at a time.
@Suite struct ConcurrencyTests {
  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 4) }

  private static let train =
    "dk-teach shards/train --hidden 24 --epochs 1 --output changing/model --force --quiet"
  private static let ingest =
    "dk-ingest train-images train-labels --shard-size 20 --output changing --split images --force --quiet"
  private static let soften =
    "dk-soften --from-logits soft/logits --temperatures 20 --output changing --force --quiet"

  /// What changes to and fro, and who reads it meanwhile.
  private static let scenes: [(writers: [String], readers: [String])] = [
    (
      [train + " --seed 1", train + " --seed 2 --hidden 300"],
      [
        "dk-evaluate changing/model --images shards/validation", "dk-inspect changing/model",
        "dk-inspect --verify changing/model",
        "dk-soften changing/model --images shards/validation --output fresh",
      ]
    ),
    (
      [ingest + " --seed 1", ingest + " --seed 2 --shard-size 60"],
      [
        "dk-evaluate teacher --images changing/images", "dk-inspect changing/images",
        "dk-inspect --verify changing/images",
        "dk-distill changing/images --hidden 8 --epochs 1 --output fresh",
        "dk-soften teacher --images changing/images --temperatures 2 --output fresh",
      ]
    ),
    (
      [soften + " --dtype f32", soften + " --dtype f16 --top-k 2"],
      [
        "dk-distill shards/train --soft-targets changing/temperature=20 --hidden 8 --epochs 1 --output fresh",
        "dk-inspect changing/temperature=20", "dk-inspect --recompute 30 changing/temperature=20",
      ]
    ),
  ]

  @Test(arguments: [0, 1, 2])
  func `Who reads what another run replaces finds it whole, or hears that it was replaced`(scene: Int) throws
  {
    let (writers, readers) = Self.scenes[scene]
    #expect(try pipeline.run(writers[0]).status == 0)
    let loop = "while [ ! -e stop ]; do \(writers[1]) && \(writers[0]) || exit 9; done >/dev/null"
    let writer = try Program(
      "/usr/bin/env", ["bash", "-c", loop], in: pipeline.directory.path,
      environment: [
        "PATH": Program.directory + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
      ])
    try writer.start()
    var statuses: [Int32: Int] = [:]
    let end = ContinuousClock.now + .seconds(3)
    while ContinuousClock.now < end {
      for reader in readers {
        try FileSystem.remove(pipeline.directory("fresh"))
        let result = try pipeline.run(reader + " --quiet")
        statuses[result.status, default: 0] += 1
        if result.status == 0 { continue }
        #expect(result.status == 75, "\(reader): \(result.standardError)")
        #expect(result.lastErrorLine.contains("was replaced by another run"), "\(result.standardError)")
      }
    }
    #expect(writer.isRunning)
    try AtomicFile.write([], to: pipeline.directory("stop"))
    let result = writer.finish(within: 30)
    #expect(result.status == 0, "\(result.standardError)")
    #expect((statuses[0] ?? 0) > 0, "\(statuses)")
  }

  @Test func `Twenty questions at once are all answered with 0`() throws {
    for command in [SmallPipeline.commands[0], SmallPipeline.commands[2], SmallPipeline.commands[3]] {
      let words = command.split(separator: " ").map(String.init)
      let programs = try (0..<20).map { _ in
        try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
      }
      // Something to tidy: who asks need not wait for it.
      if command.contains("dk-teach") {
        try AtomicFile.write([1], to: pipeline.directory("teacher/checkpoint.safetensors.zst"))
      }
      for program in programs { try program.start() }
      for program in programs {
        let result = program.finish(within: 60)
        #expect(result.status == 0, "\(result.standardError)")
        #expect(result.standardError.contains("up to date"))
      }
    }
    #expect(FileSystem.kind(pipeline.directory("teacher/checkpoint.safetensors.zst")) == nil)
  }
}
