import Foundation
import Storage
import TestSupport
import Testing

/// Kills while a directory is replaced: it is the whole old one or the whole new one; in place, because a file of the
/// user's lies in it, the same command still ends with the new one.
@Suite struct ReplacementKillTests {
  private static let kills = max(3, Killer.kills / 10)

  /// An output, and what makes it but for the seed.
  enum Stage: String, CaseIterable, CustomTestStringConvertible {
    case shards = "dk-ingest train-images train-labels --shard-size 40 --output replaced/train --split a"
    case training =
      "dk-teach shards/train --hidden 48,32 --epochs 4 --batch-size 16 --checkpoint-every 7 --output replaced/a"

    var output: String { self == .shards ? "replaced/train/a" : "replaced/a" }
    func command(_ seed: Int) -> String { "\(rawValue) --seed \(seed) --force" }
    var testDescription: String { self == .shards ? "shards" : "training" }
  }

  private let pipeline: SmallPipeline
  private let killer: Killer

  init() throws {
    pipeline = try SmallPipeline(running: 1)
    killer = Killer(pipeline, seed: 7)
  }

  /// What each seed gives, and how long it takes to replace the other; the first is in place then.
  private func expected(_ stage: Stage) throws -> (data: [[String: Digest]], span: Double) {
    var data: [[String: Digest]] = []
    var span = 0.0
    for seed in [1, 2, 1] {
      span = try killer.duration(of: stage.command(seed))
      data.append(try pipeline.data(stage.output))
    }
    try #require(data[0] != data[1] && data[0] == data[2])
    return (data, span)
  }

  private func parentNames(_ stage: Stage) throws -> [String] {
    try FileSystem.list(FileSystem.parent(pipeline.directory(stage.output)))
  }

  @Test(arguments: Stage.allCases, [false, true])
  func `Kills while replacing`(stage: Stage, inPlace: Bool) throws {
    let (data, span) = try expected(stage)
    let notes = pipeline.directory(stage.output + "/NOTES.md")
    if inPlace { try AtomicFile.write([7], to: notes) }
    var kills = 0
    for attempt in 1...Self.kills * 20 where kills < Self.kills {
      let new = attempt % 2
      var killed = false
      for _ in 0..<3 where try killer.strike(stage.command(new + 1), within: span) == -SIGKILL {
        killed = true
        guard !inPlace else { continue }
        let found = try pipeline.data(stage.output)
        #expect(data.contains(found), "neither the old nor the new: \(found.keys.sorted())")
      }
      if killed { kills += 1 }
      let result = try pipeline.run(stage.command(new + 1))
      #expect(result.status == 0, "\(result.standardError)")
      #expect(try pipeline.data(stage.output) == data[new])
      #expect(try pipeline.remains(stage.output) == [])
      #expect(try parentNames(stage) == [FileSystem.name(stage.output)])
      if inPlace { #expect(try bytes(notes) == [7]) }
    }
    #expect(kills == Self.kills)
  }

  @Test(arguments: Stage.allCases)
  func `Kills of two commands that replace each other's work`(stage: Stage) throws {
    let (data, span) = try expected(stage)
    for _ in 0..<Self.kills * 2 {
      _ = try killer.strike(stage.command(Int(killer.random() % 2) + 1), within: span)
      #expect(data.contains(try pipeline.data(stage.output)))
    }
    for seed in [1, 2, 1] {
      let result = try pipeline.run(stage.command(seed))
      #expect(result.status == 0, "\(result.standardError)")
      #expect(try pipeline.data(stage.output) == data[seed - 1])
    }
    #expect(try pipeline.remains(stage.output) == [])
    #expect(try parentNames(stage) == [FileSystem.name(stage.output)])
  }
}
