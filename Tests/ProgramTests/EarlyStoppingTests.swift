import Foundation
import Networks
import Storage
import TestSupport
import Testing

/// Trainings that end when the validation errors no longer become fewer.
@Suite struct EarlyStoppingTests {
  private static let command =
    "dk-teach shards/train --validation shards/validation --hidden 24 --batch-size 16 --fraction 0.1"
    + " --schedule constant --warm-up 0 --average-weights 0"

  private struct Object: Decodable {
    struct Results: Decodable { let bestEpoch: Int }
    let results: Results
  }

  @Test func `The weights of the best epoch are saved`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let stopped = try pipeline.run(Self.command + " --epochs 500 --early-stopping 4 --output stopped --json")
    try #require(stopped.status == 0, "\(stopped.standardError)")
    let best = try JSONDecoder().decode(Object.self, from: Data(stopped.standardOutput.utf8)).results
      .bestEpoch
    #expect(stopped.standardError.contains("ends early; epoch \(best) was the best"))
    let log = try pipeline.entries("stopped")
    #expect(log.count == best + 4 && log.map(\.epoch) == Array(1...log.count))
    let errors = try log.map { try #require($0.validationErrors) }
    // Of equals the first.
    #expect(errors.firstIndex(of: errors.min() ?? 0) == best - 1)
    // Without a schedule, a training of just so many epochs takes the same steps.
    #expect(try pipeline.run(Self.command + " --epochs \(best) --output short").status == 0)
    let (first, second) = try (
      Model(pipeline.directory("stopped")).network, Model(pipeline.directory("short")).network
    )
    #expect(first.parameters.elements == second.parameters.elements)
  }

  @Test func `The validation set that decides is part of the model`() throws {
    let pipeline = try SmallPipeline(running: 1)
    let options = Self.command + " --epochs 3 --early-stopping 50 --output t"
    let without = try pipeline.run(
      options.replacingOccurrences(of: "--validation shards/validation ", with: ""))
    #expect(
      without.status == 64 && without.lastErrorLine.contains("--validation"), "\(without.standardError)")
    #expect(try pipeline.run(options).status == 0)
    #expect(try pipeline.run(options).lastErrorLine.contains("up to date"))
    let ingest =
      "dk-ingest foreign-images foreign-labels --shard-size 50 --output foreign"
    try SyntheticImages(count: 100, seed: 5).write(to: pipeline.directory.path, prefix: "foreign")
    #expect(try pipeline.run(ingest).status == 0)
    let other = try pipeline.run(
      options.replacingOccurrences(of: "--validation shards/validation ", with: "--validation foreign/train ")
    )
    #expect(other.status == 73 && other.lastErrorLine.contains("input validation"), "\(other.standardError)")
    #expect(try pipeline.run("dk-inspect --verify t").status == 0)
  }
}
