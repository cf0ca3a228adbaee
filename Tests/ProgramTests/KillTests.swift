import Foundation
import Storage
import TestSupport
import Testing

/// Stages that are killed at random moments and run again end with the bytes of an uninterrupted run.
@Suite struct KillTests {
  /// Kills over all stages; DK_KILLS asks for more.
  private static let kills = Int(ProcessInfo.processInfo.environment["DK_KILLS"] ?? "") ?? 36

  @Test func `Kills at random moments change no byte`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    let expected = try pipeline.digests()
    var random = SplitMix(state: 20_260_101)
    var killed = 0
    let perStage = (Self.kills + SmallPipeline.commands.count - 1) / SmallPipeline.commands.count
    for (index, command) in SmallPipeline.commands.enumerated() {
      let output = SmallPipeline.outputs[index]
      let clock = ContinuousClock()
      try FileSystem.remove(pipeline.directory(output))
      let whole = try clock.measure { _ = try pipeline.run(command) }
      var attempts = 0
      var stageKills = 0
      while stageKills < perStage, attempts < perStage * 20 {
        attempts += 1
        // Now and then from the start, else from what the last kill left.
        if attempts % 3 == 1 { try FileSystem.remove(pipeline.directory(output)) }
        let words = command.split(separator: " ").map(String.init)
        let program = try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
        try program.start()
        let microseconds =
          Double(whole.components.attoseconds) / 1e12 + Double(whole.components.seconds) * 1e6
        usleep(UInt32(Double(random.next() % 1000) / 1000 * microseconds))
        program.send(signal: SIGKILL)
        if program.finish().status == -SIGKILL { stageKills += 1 }
      }
      killed += stageKills
      #expect(stageKills == perStage, "\(command): killed \(stageKills) times in \(attempts) attempts")
      #expect(try pipeline.run(command).status == 0)
    }
    #expect(killed >= Self.kills)
    #expect(try pipeline.digests() == expected)
  }

  @Test func `A training stopped by signals goes on in the middle of an epoch`() throws {
    let pipeline = try SmallPipeline(running: 2)
    // Checkpoints by the signal alone.
    let command = "dk-teach shards/train --hidden 32 --epochs 60 --checkpoint-every 1000000 --output teacher"
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

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
