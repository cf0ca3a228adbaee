import Foundation
import Storage
import TestSupport
import Testing

/// Trainings whose steps are too large, and images of every kind.
@Suite struct StepSizeTests {
  /// Without the limit, at a rate at which the first attempts run away.
  private static let rash =
    "dk-distill shards/train --hidden 24,24 --epochs 6 --batch-size 16 --step-limit 0 --warm-up 0 --learning-rate 4"

  private struct Finished: Decodable {
    struct Results: Decodable { let peakRate: Double }
    let results: Results
  }

  private func peakRate(_ pipeline: SmallPipeline, _ output: String) throws -> Double {
    let manifest = Data(try bytes(pipeline.directory(output + "/manifest.json")))
    return try JSONDecoder().decode(Finished.self, from: manifest).results.peakRate
  }

  @Test
  func `A training that runs away begins again at half the rate, to the same bytes however often killed`()
    throws
  {
    let pipeline = try SmallPipeline(running: 1)
    let whole = try pipeline.run(Self.rash + " --output whole")
    #expect(whole.status == 0, "\(whole.standardError)")
    #expect(whole.standardError.contains("; begins again at half the rate\n"))
    let rate = try peakRate(pipeline, "whole")
    #expect([2, 1, 0.5, 0.25, 0.125].contains(rate))
    let expected = try digests(pipeline.directory("whole"))
    // From every few steps on, of every attempt.
    let command = Self.rash + " --checkpoint-every 3 --threads 1 --output killed"
    var kills = 0
    for round in 0..<60 {
      let words = command.split(separator: " ").map(String.init)
      let program = try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
      try program.start()
      usleep(UInt32(15_000 + 1_700 * round))
      guard program.isRunning else {
        #expect(program.finish(within: 60).status == 0)
        break
      }
      program.send(signal: round % 2 == 0 ? SIGKILL : SIGTERM)
      _ = program.finish(within: 60)
      kills += 1
    }
    #expect(try pipeline.run(command).status == 0)
    #expect(kills > 0)
    #expect(try digests(pipeline.directory("killed")) == expected)
  }

  @Test func `A training that no smaller rate saves is one line and 65, and no model`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let result = try pipeline.run(
      "dk-distill shards/train --hidden 24 --epochs 2 --step-limit 0 --warm-up 0 --learning-rate 1e30 --output out"
    )
    #expect(result.status == 65)
    #expect(result.lastErrorLine.hasPrefix("dk-distill: error: training "))
    #expect(result.lastErrorLine.contains(" epoch 1") && result.lastErrorLine.contains("--learning-rate"))
    #expect(FileSystem.kind(pipeline.directory("out/model.safetensors")) == nil)
    #expect(FileSystem.kind(pipeline.directory("out/manifest.json")) == nil)
  }

  @Test func `A net that learnt nothing is one line and 65, and its checkpoint stays`() throws {
    let pipeline = try SmallPipeline()
    // All alike: nothing to scale by, and nothing to learn.
    let set = SyntheticImages(count: 600)
    let side = SyntheticImages.side * SyntheticImages.side
    try AtomicFile.write(
      set.idx.images.prefix(16) + [UInt8](repeating: 7, count: 600 * side),
      to: pipeline.directory("train-images"))
    #expect(try pipeline.run(SmallPipeline.commands[0]).status == 0)
    let result = try pipeline.run(
      "dk-distill shards/train --hidden 24 --epochs 6 --batch-size 16 --checkpoint-every 5 --output out")
    #expect(result.status == 65)
    #expect(result.lastErrorLine.contains("training learnt nothing"))
    #expect(result.lastErrorLine.contains("epoch 6"))
    #expect(FileSystem.kind(pipeline.directory("out/model.safetensors")) == nil)
    #expect(FileSystem.kind(pipeline.directory("out/checkpoint.safetensors.zst")) == .file)
  }

  /// Bright on dark, dark on bright, faint, and without any blank pixel: the same options serve all.
  @Test(arguments: ["as they are", "inverted", "faint"])
  func `Images of any brightness are learnt alike`(kind: String) throws {
    let pipeline = try SmallPipeline()
    let idx = SyntheticImages(count: 600).idx.images
    let images = idx.dropFirst(16).map { pixel -> UInt8 in
      switch kind {
      case "inverted": 255 - pixel
      case "faint": 200 + pixel / 8
      default: pixel
      }
    }
    try AtomicFile.write(idx.prefix(16) + images, to: pipeline.directory("train-images"))
    #expect(try pipeline.run(SmallPipeline.commands[0]).status == 0)
    for optimizer in ["sgd", "adam"] {
      let result = try pipeline.run(
        "dk-distill shards/train --validation shards/validation --hidden 32,32 --epochs 8 --batch-size 16"
          + " --optimizer \(optimizer) --output \(optimizer)")
      #expect(result.status == 0, "\(result.standardError)")
      #expect(try #require(pipeline.entries(optimizer).last?.validationErrors) <= 3)
    }
  }
}
