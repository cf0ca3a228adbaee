import Foundation
import Storage
import TestSupport
import Testing

/// The nearest images against those that PyTorch found in double precision (`Tests/Reference`).
@Suite struct NeighborsTests {
  private let reference: ReferenceImages

  /// With a model that has the fixture's hidden layer.
  init() throws {
    reference = try ReferenceImages()
    try reference.write(
      "deep",
      [
        ("layers.0.weight", try reference.fixture.floats("hidden.weight", shape: [7, 12]), [7, 12]),
        ("layers.0.bias", try reference.fixture.floats("hidden.bias", shape: [7]), [7]),
        ("layers.1.weight", [Float](repeating: 0.1, count: 35), [5, 7]),
        ("layers.1.bias", [Float](repeating: 0, count: 5), [5]),
      ])
    let ingest = "dk-ingest images.safetensors --classes 5 --shard-size 20 --order source --output ordered"
    try #require(try reference.run(ingest).status == 0)
  }

  private struct Report: Decodable {
    struct Measure: Decodable {
      let name: String
      let errors: [Int]
    }
    let examples: Int
    let measures: [Measure]
  }

  @Test(arguments: [1, 3])
  func `Neighbours and errors are PyTorch's for any number of threads`(threads: Int) throws {
    let result = try reference.run(
      "dk-neighbors flat.safetensors deep.safetensors --images ordered/train --among ordered/train --k 1,3,5"
        + " --temperature 4 --json --quiet --threads \(threads) --neighbors n.csv")
    try #require(result.status == 0, "\(result.standardError)")
    let report = try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
    #expect(report.examples == 64)
    #expect(
      report.measures.map(\.name) == [
        "pixels", "flat.safetensors, T=4", "deep.safetensors, hidden layer", "deep.safetensors, T=4",
      ])
    let lines = String(decoding: try bytes(reference.directory("n.csv")), as: UTF8.self).split(
      separator: "\n")
    #expect(lines.count == 1 + 4 * 64 * 5)
    for (measure, name) in [(0, "pixels"), (1, "soft_T4"), (2, "hidden")] {
      let expected = try reference.fixture.elements("neighbors.\(name)", as: UInt8.self, shape: [64, 5])
      let errors = try reference.fixture.elements("neighbors.\(name).errors", as: UInt8.self, shape: [3])
      #expect(report.measures[measure].errors == errors.map { Int($0) }, "\(name)")
      let own = lines[(1 + measure * 320)..<(1 + (measure + 1) * 320)]
      // From the right: a name may hold commas.
      let found = own.map { $0.split(separator: ",").suffix(5).first.flatMap { UInt8($0) } }
      #expect(found == expected.map { $0 }, "\(name)")
    }
  }

  @Test(arguments: [
    ("--images shards/train --among shards/train --k 0", 64, "--k: expected numbers of 1 to 1000"),
    ("--images shards/train --among shards/train --temperature 0", 64, "--temperature: expected a positive"),
    ("--images shards/train --among none", 66, "none"),
    ("--images shards/train --among shards/train --output x --neighbors ./x", 64, "--neighbors"),
    ("--images unlabelled/train --among shards/train", 65, "expected images with labels"),
    ("images.safetensors --images shards/train --among shards/train", 65, "images.safetensors"),
  ])
  func `What cannot be done is one line`(options: String, status: Int32, text: String) throws {
    try reference.write("unlabelled", labels: nil)
    #expect(try reference.run("dk-ingest unlabelled.safetensors --output unlabelled").status == 0)
    let result = try reference.run("dk-neighbors \(options) --quiet")
    #expect(result.status == status && result.lastErrorLine.contains(text), "\(result.standardError)")
    #expect(result.standardError.split(separator: "\n").count == 1)
    #expect(FileSystem.kind(reference.directory("x")) == nil)
  }
}
