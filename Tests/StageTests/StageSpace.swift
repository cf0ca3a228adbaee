import Stage
import Storage
import TestSupport

/// A directory of a test's own, and shards of one row that are made in it.
struct StageSpace: Sendable {
  let directory: TemporaryDirectory
  var output: String { directory("out") }

  init() throws { directory = try TemporaryDirectory() }

  /// A plan of shards made from one input.
  ///
  /// - Parameters:
  ///   - seed: the one parameter.
  ///   - shards: how many.
  ///   - input: its content, of which it has its digest.
  ///   - place: where the input lies.
  ///   - folder: of the shards, with a slash.
  /// - Returns: the plan, with one scratch file.
  func plan(
    seed: Int = 1, shards: Int = 2, input: String = "in", at place: String = "in", folder: String = ""
  ) -> Plan {
    let parameters: [String: JSONValue] = ["seed": JSONValue(seed)]
    let identities = IdentityMaker(.logits, arithmeticVersion: 1, parameters: parameters)
    return Plan(
      kind: .logits, stage: "dk-test", arithmeticVersion: 1, parameters: parameters,
      inputs: [.init(name: "images", digest: Digest(of: Array(input.utf8)), path: directory(place))],
      outputs: (0..<shards).map { identities.output(folder + ShardFile.name($0), inputs: []) },
      scratch: ["scratch"])
  }

  func open(_ plan: Plan, force: Bool = false, check: Bool = false, at output: String? = nil) throws
    -> OutputDirectory
  {
    var request = OutputRequest(output: output ?? self.output)
    (request.force, request.check) = (force, check)
    return try OutputDirectory(plan, request, threads: 2)
  }

  /// Makes up to `limit` pending files, and finishes if that was all.
  ///
  /// - Returns: the paths of those that were made.
  @discardableResult
  func make(
    _ plan: Plan, force: Bool = false, check: Bool = false, limit: Int = .max, at output: String? = nil
  ) throws
    -> [String]
  {
    let directory = try open(plan, force: force, check: check, at: output)
    try directory.begin()
    let chosen = Array(directory.pending.prefix(limit))
    for position in chosen {
      let shard = Self.shard
      let frame = try shard.frame(identity: plan.outputs[position].identity, path: "shard")
      directory.adopt([try directory.publisher.publish(frame, at: position, summary: shard.summary)])
    }
    if directory.pending.isEmpty, !directory.isUpToDate {
      try directory.finish { outputs in
        (
          ["examples": outputs.count, "shards": outputs.count, "classes": 2, "copies": 1, "teachers": 1], [:]
        )
      }
    }
    return chosen.map { plan.outputs[$0].path }
  }

  private static var shard: ShardFile.Content {
    var content = ShardFile.Content(.logits, summary: ShardSummary(examples: 1))
    content.writer.add("indices", [UInt32(7)], shape: [1])
    return content
  }
}
