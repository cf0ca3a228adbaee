import Datasets
import Foundation
import Stage
import Storage

/// Makes `soft/temperature=T` from `soft/logits`.
package struct TemperatureStage {
  private static let arithmeticVersion = 2

  /// What storing fewer classes or fewer bits costs, against the dense 32-bit probabilities.
  package struct Loss: Sendable, Equatable {
    /// Sum over the examples of KL(dense ‖ stored), in nats.
    var divergenceSum = 0.0
    /// Of any probability.
    var largestDifference = 0.0
    var examples = 0

    /// Mean over the examples, in nats.
    package var divergence: Double { examples > 0 ? divergenceSum / Double(examples) : 0 }
    package var largest: Double { largestDifference }
  }

  package let plan: Plan
  package let temperature: Double
  private let logits: SoftTargetSet
  private let options: SofteningOptions

  package var examples: Int { logits.shards.reduce(0) { $0 + ($1.examples ?? 0) } }

  /// - Throws: `StageError.badInput` if `logits` is no directory of logits.
  package init(_ logits: SoftTargetSet, temperature: Double, options: SofteningOptions) throws {
    guard logits.kind == .logits else {
      throw StageError.badInput(
        path: logits.whole.directory, reason: "expected logits, found probabilities; give soft/logits")
    }
    try options.check(classes: logits.classes)
    self.logits = logits
    self.temperature = temperature
    self.options = options
    var parameters: [String: JSONValue] = [
      "temperature": JSONValue(temperature), "dtype": JSONValue(options.precision.rawValue),
    ]
    if let topK = options.topK {
      parameters["top-k"] = JSONValue(topK)
      parameters["tail"] = JSONValue(SoftTargetShard.tailRule)
    }
    if logits.whole.manifest.counts["teachers"] ?? 1 > 1 {
      parameters["combine"] = JSONValue(options.combination.rawValue)
    }
    let outputs = try logits.shards.map { shard in
      Plan.Output(
        path: shard.path,
        identity: try CanonicalJSON.digest(of: [
          "stage": JSONValue(SoftTargetSet.stage), "kind": "soft-targets",
          "arithmeticVersion": JSONValue(Self.arithmeticVersion), "logits": JSONValue(shard.sha256.hex),
          "parameters": .object(parameters),
        ]))
    }
    plan = Plan(
      stage: SoftTargetSet.stage, arithmeticVersion: Self.arithmeticVersion, parameters: parameters,
      inputs: [Plan.Input(name: "logits", logits.whole)], outputs: outputs)
  }

  /// The name of the directory, as Arrow, Spark and DuckDB read it.
  package static func directory(_ temperature: Double) -> String {
    "temperature=" + Temperature.name(temperature)
  }

  /// Makes the pending shards and finishes the directory.
  ///
  /// - Returns: what the storing cost; nil where nothing is left out.
  /// - Throws: `StorageError`, `DatasetError`; `StageError.interrupted`.
  package func run(_ work: Work, threads: Int, progress: ProgressMeter) throws -> Loss? {
    let entries = Dictionary(logits.shards.map { ($0.path, $0) }) { first, _ in first }
    let publisher = work.publisher()
    let pending = work.pending
    let made = Collected<Manifest.Output>()
    defer { work.adopt(made.elements) }
    try Processors.forEach(below: pending.count, threads: threads) { [logits, options, temperature] index in
      guard let entry = entries[pending[index].path] else { return }
      let shard = try logits.read(entry)
      let frame = try Self.frame(
        shard, temperature: temperature, options: options, identity: pending[index].identity)
      made.append(try publisher.publish(frame, as: pending[index], examples: shard.count))
      progress.advance(by: shard.count)
    }
    work.adopt(made.elements)
    let loss = options.isLossy ? try measure(work, threads: threads) : nil
    _ = try work.finish(
      counts: [
        "examples": examples, "classes": logits.classes,
        "shards": logits.shards.count,
      ],
      results: loss.map {
        ["kl": JSONValue($0.divergence), "largest-difference": JSONValue($0.largestDifference)]
      } ?? [:])
    return loss
  }

  private static func probabilities(
    _ shard: SoftTargetShard, temperature: Double, options: SofteningOptions
  ) -> [Float] {
    guard case .logits(let values, let teachers) = shard.content else { return [] }
    return options.combination.probabilities(
      values, teachers: teachers, classes: shard.classes, temperature: temperature)
  }

  private static func frame(
    _ shard: SoftTargetShard, temperature: Double, options: SofteningOptions, identity: Digest
  ) throws -> [UInt8] {
    let dense = probabilities(shard, temperature: temperature, options: options)
    var metadata = [
      ShardFile.identityKey: identity.hex, "temperature": Temperature.name(temperature),
      "image_shard": shard.imageShard, "teachers": shard.metadata["teachers"] ?? "",
      "dtype": options.precision.rawValue,
    ]
    if case .logits(_, let teachers) = shard.content, teachers > 1 {
      metadata["combine"] = options.combination.rawValue
    }
    if options.topK != nil { metadata["tail"] = SoftTargetShard.tailRule }
    var writer = SafetensorsWriter(metadata: metadata)
    func add(_ values: [Float], width: Int) {
      if options.precision == .f16 {
        // Rounded up from zero, so that no class that the teacher thought possible becomes impossible.
        let halves = values.map { Float16(max($0, Float(Float16.leastNonzeroMagnitude))) }
        writer.add("soft_targets", halves, shape: [shard.count, width])
      } else {
        writer.add("soft_targets", values, shape: [shard.count, width])
      }
    }
    if let k = options.topK {
      let top = TopK(dense: dense, classes: shard.classes, k: k)
      writer.add("classes", top.classes, shape: [shard.count, k])
      writer.add("tail", top.tail, shape: [shard.count])
      add(top.probabilities, width: k)
    } else {
      add(dense, width: shard.classes)
    }
    writer.add("indices", shard.indices, shape: [shard.count])
    writer.add("shifts", shard.shifts, shape: [shard.count, 2])
    return try ZstdFrame.compress(try writer.bytes(), path: shard.path)
  }

  /// Reads back what was stored, as a student will, and compares it with what the teachers said.
  private func measure(_ work: Work, threads: Int) throws -> Loss {
    let shards = logits.shards
    let parts = Collected<(Int, Loss)>()
    try Processors.forEach(below: shards.count, threads: threads) {
      [logits, options, temperature, directory = work.directory] index in
      let source = try logits.read(shards[index])
      let dense = Self.probabilities(source, temperature: temperature, options: options)
      let path = FileSystem.join(directory, shards[index].path)
      let frame = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
      let stored = try SoftTargetShard(frame: frame, classes: logits.classes, path: path).targets
      var loss = Loss()
      for (expected, found) in zip(dense, stored) {
        loss.largestDifference = max(loss.largestDifference, abs(Double(expected) - Double(found)))
        if expected > 0 {
          let floor = max(Double(found), .leastNormalMagnitude)
          loss.divergenceSum += Double(expected) * Foundation.log(Double(expected) / floor)
        }
      }
      loss.examples = source.count
      parts.append((index, loss))
    }
    // In the order of the shards, or the rounding of the sum would depend on the threads.
    return parts.elements.sorted { $0.0 < $1.0 }.reduce(into: Loss()) {
      $0.divergenceSum += $1.1.divergenceSum
      $0.largestDifference = max($0.largestDifference, $1.1.largestDifference)
      $0.examples += $1.1.examples
    }
  }
}
