import Datasets
import Foundation
import Networks
import Stage
import Storage

/// Plans `soft/temperature=T`, made from `soft/logits`.
package struct TemperatureStage {
  private static let arithmeticVersion = 3

  /// The stage that makes the directory.
  package let stage: ShardStage
  private let encoding: SoftTargetEncoding

  /// Plans the directory.
  ///
  /// - Parameters:
  ///   - logits: a directory of logits; each of its shards gives one shard of soft targets.
  ///   - temperature: > 0, no unit.
  ///   - combination: arithmetic or geometric mean of several teachers; ignored for one.
  ///   - encoding: how the soft targets are stored.
  ///   - stage: name of the program, for the manifest.
  /// - Throws: `StageError.wrongKind` if `logits` is no directory of logits; `ParameterError.wrongValue`.
  package init(
    _ logits: SoftTargetSet, temperature: Double, combination: Combination, encoding: SoftTargetEncoding,
    stage: String
  ) throws {
    guard logits.content == .logits else {
      throw StageError.wrongKind(path: logits.path, expected: [.logits], found: .softTargets)
    }
    try Self.check(encoding, classes: logits.classes)
    self.encoding = encoding
    var parameters = encoding.parameters
    parameters["temperature"] = JSONValue(temperature)
    parameters["teachers"] = JSONValue(logits.teachers.map(\.hex))
    // With one teacher it changes no byte, so it must not change the identity.
    if logits.teachers.count > 1 { parameters["combine"] = JSONValue(combination.rawValue) }
    // The digest of a logit shard covers its teachers and images, so it is enough to identify the soft targets.
    let identities = IdentityMaker(
      .softTargets, arithmeticVersion: Self.arithmeticVersion, parameters: parameters)
    let plan = Plan(
      kind: .softTargets, stage: stage, arithmeticVersion: Self.arithmeticVersion,
      parameters: parameters.merging(LabelNames.parameters(logits.labelMap)) { own, _ in own },
      inputs: [Plan.Input(name: "logits", logits.directory)],
      outputs: logits.shards.map { identities.output($0.path, inputs: [$0.sha256]) })
    self.stage = ShardStage(
      plan, counts: ["classes": logits.classes, "teachers": logits.teachers.count],
      copies: logits.directory.count("copies"), sources: logits.directory.manifest.sources,
      maker: TemperatureMaker(
        logits: logits, temperature: temperature, combination: combination, encoding: encoding))
  }

  /// Checks `topK` against the number of classes.
  ///
  /// - Throws: `ParameterError.wrongValue` for less than 1 or more than `classes`.
  package static func check(_ encoding: SoftTargetEncoding, classes: Int) throws {
    if let topK = encoding.topK, !(1...classes).contains(topK) {
      throw ParameterError.wrongValue(
        parameter: "top-k", expected: "1 to \(classes) classes", found: String(topK))
    }
  }

  /// Name of the directory, `temperature=T`: the key=value form that Arrow, Spark and DuckDB read.
  package static func directory(_ temperature: Double) -> String {
    "temperature=" + Temperature.name(temperature)
  }

  /// Loss by top-k or 16-bit storage, against dense 32-bit probabilities: the mean KL(dense ‖ stored) in nats, and the
  /// largest difference of a probability. Empty if storage is lossless.
  package func results(_ outputs: [Manifest.Output]) -> [String: JSONValue] {
    guard encoding.isLossy else { return [:] }
    let statistics = outputs.compactMap(\.summary?.statistics)
    let examples = outputs.reduce(0) { $0 + $1.examples }
    let divergence = statistics.reduce(0.0) { $0 + ($1[TemperatureMaker.divergenceSum] ?? 0) }
    return [
      "kl": JSONValue(divergence / Double(max(1, examples))),
      "largest-difference": JSONValue(
        statistics.map { $0[TemperatureMaker.largestDifference] ?? 0 }.max() ?? 0),
    ]
  }
}

/// Makes the soft targets of a shard of logits.
private struct TemperatureMaker: ShardMaker {
  /// Names of the statistics.
  static let divergenceSum = "kl-sum"
  static let largestDifference = "largest-difference"

  let logits: SoftTargetSet
  let temperature: Double
  let combination: Combination
  let encoding: SoftTargetEncoding

  func examples(at position: Int) -> Int { logits.shards[position].examples }

  func bytes(at position: Int) -> Int {
    examples(at: position) * logits.classes * logits.teachers.count * MemoryLayout<Float>.size
  }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    for position in positions {
      let entry = logits.shards[position]
      let shard = try logits.read(entry)
      guard case .logits(let values, let teachers) = shard.content else { continue }
      let dense = combination.probabilities(
        values, teachers: teachers, classes: shard.classes, temperature: temperature)
      let soft = SoftTargetShard(
        content: .probabilities(dense, temperature: temperature), classes: shard.classes,
        origins: shard.origins,
        provenance: shard.provenance)
      try emit(
        position,
        .new(
          try soft.encoded(encoding, statistics: statistics(dense), path: logits.directory.path(of: entry))))
    }
  }

  private func statistics(_ dense: [Float]) -> [String: Double] {
    guard encoding.isLossy else { return [:] }
    var divergence = 0.0
    var largest = 0.0
    for (expected, found) in zip(dense, encoding.readBack(dense, classes: logits.classes)) {
      let (p, q) = (Double(expected), Double(found))
      largest = max(largest, abs(p - q))
      // Each term of Σ p log(p/q) + q - p is at least 0, and Σ (q - p) is 0: so rounding cannot make KL negative. A
      // stored probability of 0 counts as the smallest float, since KL would be infinite.
      if p > 0 { divergence += p * log(p / max(q, Double(Float.leastNonzeroMagnitude))) }
      divergence += q - p
    }
    return [Self.divergenceSum: max(0, divergence), Self.largestDifference: largest]
  }
}
