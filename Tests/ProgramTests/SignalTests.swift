import Foundation
import Storage
import TestSupport
import Testing

/// Signals while a training is judged by its validation images: no step is lost.
@Suite struct SignalTests {
  private static let stepsPerEpoch = 9
  private static let command =
    "dk-teach shards/train --validation many/train --hidden 160,160 --epochs 14 --batch-size 60"
    + " --checkpoint-every 1000000 --threads 1 --output judged"

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
  func `A signal during validation loses no step`(signal: Int32) throws {
    let pipeline = try SmallPipeline(running: 1)
    try SyntheticImages(count: 30_000, seed: 4).write(to: pipeline.directory.path, prefix: "many")
    #expect(try pipeline.run("dk-ingest many-images many-labels --output many").status == 0)
    #expect(try pipeline.run(Self.command).status == 0)
    let expected = try digests(pipeline.directory("judged"))
    try FileSystem.remove(pipeline.directory("judged"))
    var inValidation = 0
    var steps = 0
    for round in 1...4 {
      let words = Self.command.split(separator: " ").map(String.init)
      let program = try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
      try program.start()
      var epochs = 0
      // Two more epochs of which the log knows; of the next, the steps take a small part of the time.
      while program.isRunning, epochs < round * 2 {
        epochs = (try? pipeline.epochs("judged").count) ?? 0
        usleep(500)
      }
      usleep(60_000)
      program.send(signal: signal)
      let result = program.finish(within: 60)
      #expect(result.status == 128 + signal, "\(result.standardError)")
      #expect(result.lastErrorLine.contains("the same command goes on from here"))
      if steps > 0 { #expect(result.standardError.contains(", step \(steps + 1)\n")) }
      epochs = try pipeline.epochs("judged").count
      steps = try Self.checkpointSteps(pipeline)
      // All that the log knows, and all of the epoch whose validation was stopped.
      #expect((epochs * Self.stepsPerEpoch...(epochs + 1) * Self.stepsPerEpoch).contains(steps))
      if steps == (epochs + 1) * Self.stepsPerEpoch { inValidation += 1 }
    }
    #expect(inValidation > 0)
    let result = try pipeline.run(Self.command)
    #expect(result.standardError.contains("goes on in epoch"))
    #expect(result.standardError.contains(", step \(steps + 1)\n"))
    #expect(try digests(pipeline.directory("judged")) == expected)
    #expect(try pipeline.epochs("judged") == Array(1...14))
  }

  private static func checkpointSteps(_ pipeline: SmallPipeline) throws -> Int {
    let path = pipeline.directory("judged/checkpoint.safetensors.zst")
    let file = try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
    return try #require(file.metadata["steps"].flatMap { Int($0) })
  }
}
