import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Plans of very many shards, of which there are only the names.
@Suite struct ManyShardsTests {
  /// `DK_SHARDS=1000000` for the whole size (`pipelines/bench/shards.sh`).
  private static let count = ProcessInfo.processInfo.environment["DK_SHARDS"].flatMap(Int.init) ?? 20_000

  @Test func `A plan of many shards is held, found up to date, extended, and says what differs`() throws {
    let directory = try TemporaryDirectory()
    let clock = ContinuousClock()
    var times: [String] = []
    func timed<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
      let begin = clock.now
      defer { times.append("\(name) \(Format.duration((clock.now - begin).seconds))") }
      return try body()
    }
    func plan(_ count: Int, seed: Int = 1) -> Plan {
      let parameters: [String: JSONValue] = ["seed": JSONValue(seed)]
      let identities = IdentityMaker(.images, arithmeticVersion: 1, parameters: parameters)
      let input = Digest(of: [7])
      return Plan(
        kind: .images, stage: "dk-test", arithmeticVersion: 1, parameters: parameters,
        inputs: [.init(name: "images", digest: input, path: directory("in"))],
        outputs: (0..<count).map { identities.output(ShardFile.name($0), inputs: [input]) })
    }
    let request = OutputRequest(output: directory("out"))
    let whole = timed("planning") { plan(Self.count) }
    let output = try OutputDirectory(whole, request, threads: 2)
    try timed("beginning") { try output.begin() }
    #expect(output.pending.count == Self.count)
    let summary = ShardSummary(examples: 3, examplesPerClass: [1, 2])
    output.adopt(
      whole.outputs.indices.map {
        let planned = whole.outputs[$0]
        // Empty files: all that a question looks at is that they are there, with their sizes.
        close(open(output.path(of: $0), O_WRONLY | O_CREAT, 0o666))
        return (
          $0,
          Manifest.Output(
            path: planned.path, bytes: 0, sha256: planned.identity, identity: planned.identity,
            summary: summary)
        )
      })
    _ = try timed("finishing") {
      try output.finish { outputs in
        (
          [
            "examples": 3 * outputs.count, "shards": outputs.count, "classes": 2, "copies": 1, "rows": 2,
            "columns": 2, "channels": 1, "labelled": 1,
          ], [:]
        )
      }
    }
    try timed("planning and finding it up to date") {
      let again = try OutputDirectory(plan(Self.count), request, threads: 2)
      try again.begin()
      #expect(again.isUpToDate)
    }
    try timed("extending") {
      let longer = try OutputDirectory(plan(Self.count + 2), request, threads: 2)
      #expect(longer.pending == [Self.count, Self.count + 1])
    }
    #expect(throws: StageError.madeOtherwise(path: directory("out"), differences: ["seed 1 → 2"])) {
      try OutputDirectory(plan(Self.count, seed: 2), request, threads: 2)
    }
    if Self.count >= 300_000 { print(times.joined(separator: "\n")) }
  }
}
