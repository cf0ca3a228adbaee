import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Plans of very many shards, of which there are only the names.
///
/// `pipelines/bench/shards.sh` runs them with a million, in two processes: DK_SHARDS says how many, DK_SHARDS_DIRECTORY
/// where they are made or, if they are there, found, and DK_SHARDS_REPORT where times and peak memory are written.
@Suite struct ManyShardsTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["DK_SHARDS"].flatMap(Int.init) ?? 20_000

  private static func plan(_ count: Int, seed: Int = 1, in directory: String) -> Plan {
    let parameters: [String: JSONValue] = ["seed": JSONValue(seed)]
    let identities = IdentityMaker(.images, arithmeticVersion: 1, parameters: parameters)
    let input = Digest(of: [7])
    return Plan(
      kind: .images, stage: "dk-test", arithmeticVersion: 1, parameters: parameters,
      inputs: [.init(name: "images", digest: input, path: directory + "/in")],
      outputs: (0..<count).map { identities.output(ShardFile.name($0), inputs: [input]) })
  }

  private static func make(_ request: OutputRequest, in directory: String) throws {
    let plan = plan(count, in: directory)
    let output = try OutputDirectory(plan, request, threads: 2)
    try output.begin()
    #expect(output.pending.count == count)
    let summary = ShardSummary(examples: 3, examplesPerClass: [1, 2])
    output.adopt(
      plan.outputs.enumerated().map { position, planned in
        // Empty: all that a question looks at is that they are there, with their sizes.
        close(open(output.path(of: position), O_WRONLY | O_CREAT, 0o666))
        return (
          position,
          Manifest.Output(
            path: planned.path, bytes: 0, sha256: planned.identity, identity: planned.identity,
            summary: summary)
        )
      })
    try output.finish { outputs in
      (
        [
          "examples": 3 * outputs.count, "shards": outputs.count, "classes": 2, "copies": 1, "rows": 2,
          "columns": 2, "channels": 1, "labelled": 1,
        ], [:]
      )
    }
  }

  @Test func `A plan of many shards is held, found up to date, extended, and says what differs`() throws {
    let own = try TemporaryDirectory()
    let directory = Self.environment["DK_SHARDS_DIRECTORY"] ?? own.path
    let request = OutputRequest(output: directory + "/out")
    if FileSystem.kind(request.output + "/" + Manifest.fileName) == nil {
      try Self.make(request, in: directory)
    }
    let clock = ContinuousClock()
    let begin = clock.now
    let again = try OutputDirectory(Self.plan(Self.count, in: directory), request, threads: 2)
    try again.begin()
    #expect(again.isUpToDate)
    try report("planning and finding it up to date", (clock.now - begin).seconds)
    let longer = try OutputDirectory(Self.plan(Self.count + 2, in: directory), request, threads: 2)
    #expect(longer.pending == [Self.count, Self.count + 1])
    #expect(throws: StageError.madeOtherwise(path: request.output, differences: ["seed 1, now 2"])) {
      try OutputDirectory(Self.plan(Self.count, seed: 2, in: directory), request, threads: 2)
    }
  }

  private func report(_ what: String, _ seconds: Double) throws {
    guard let path = Self.environment["DK_SHARDS_REPORT"] else { return }
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
    let peak =
      status.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    let line =
      "\(Self.count) shards: \(what): \(Format.duration(seconds)), \(Format.bytes(peak * 1024)) at the most\n"
    try Data(line.utf8).write(to: URL(fileURLWithPath: path))
  }
}
