import Datasets
import Evaluation
import Stage
import Storage

/// Plans `soft/logits`: the teachers' logits for every image, from which soft targets at any temperature are computed.
package struct LogitStage {
  /// Name of the directory under the output.
  package static let directory = "logits"
  private static let arithmeticVersion = 5

  /// The stage that makes the directory.
  package let stage: ShardStage
  private let images: ImageSet

  /// Logits of one teacher for one example.
  package let classes: Int
  /// Examples of all copies.
  package var examples: Int { images.examples }
  /// One shard for each image shard of all copies.
  package var shardCount: Int { images.shards.count }

  /// Plans the directory.
  ///
  /// - Parameters:
  ///   - source: the teachers.
  ///   - images: each of their shards, of all copies, gives one shard of logits.
  ///   - stage: name of the program, for the manifest.
  package init(_ source: any LogitSource, images: ImageSet, stage: String) {
    self.images = images
    classes = source.classes
    let parameters = source.parameters.merging(["teachers": JSONValue(source.teachers.map(\.hex))]) {
      _, own in
      own
    }
    let identities = IdentityMaker(.logits, arithmeticVersion: Self.arithmeticVersion, parameters: parameters)
    // By the digest of the image shard: other pixels under the same name give other logits.
    let outputs = images.shards.map { identities.output($0.path, inputs: source.content + [$0.sha256]) }
    // Class names are not part of a shard's identity: renaming a class changes no logit.
    let plan = Plan(
      kind: .logits, stage: stage, arithmeticVersion: Self.arithmeticVersion,
      parameters: parameters.merging(LabelNames.parameters(source.labelMap)) { own, _ in own },
      inputs: source.inputs + [Plan.Input(name: "images", images.directory)], outputs: outputs)
    self.stage = ShardStage(
      plan, counts: ["classes": source.classes, "teachers": source.teachers.count],
      copies: images.copies.count,
      sources: images.directory.manifest.sources, maker: LogitMaker(source: source, images: images))
  }

  /// Agreement of the teachers with the labels.
  package struct Agreement {
    /// Share of rows whose mean logits are largest at the label, 0 to 1.
    package let share: Double
    /// Share of the most frequent class, which a constant prediction would reach.
    package let chance: Double

    /// Whether the agreement is so low that the logits may belong to other images.
    package var isNearChance: Bool { share <= 1.2 * chance + 0.02 }
  }

  /// Sums the statistics of all shards.
  ///
  /// - Returns: nil for images without labels.
  package func agreement(_ outputs: [Manifest.Output]) -> Agreement? {
    guard images.isLabelled, examples > 0 else { return nil }
    let agreeing = outputs.reduce(0.0) { $0 + ($1.summary?.statistics[LogitMaker.agreeing] ?? 0) }
    var counts = [Int](repeating: 0, count: images.classes)
    for shard in images.shards {
      for (label, count) in (images.examplesPerClass(shard) ?? []).enumerated() { counts[label] += count }
    }
    return Agreement(
      share: agreeing / Double(examples), chance: Double(counts.max() ?? 0) / Double(examples))
  }

  /// The agreement, as results for the manifest.
  package func results(_ outputs: [Manifest.Output]) -> [String: JSONValue] {
    agreement(outputs).map { ["label-agreement": JSONValue($0.share)] } ?? [:]
  }
}

/// Runs the images of a shard through the teachers.
private struct LogitMaker: ShardMaker {
  /// Name of the statistic: rows whose mean logits are largest at the label.
  static let agreeing = "agreeing"

  let source: any LogitSource
  let images: ImageSet

  func examples(at position: Int) -> Int { images.shards[position].examples }

  func bytes(at position: Int) -> Int {
    examples(at: position)
      * max(images.shape.count, source.classes * source.teachers.count * MemoryLayout<Float>.size)
  }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    for position in positions {
      let entry = images.shards[position]
      let path = images.directory.path(of: entry)
      let shard = try images.read(entry)
      let logits = SoftTargetShard(
        content: .logits(try source.logits(of: shard, path: path), teachers: source.teachers.count),
        classes: source.classes, origins: shard.origins,
        provenance: .init(imageShard: entry.sha256, teachers: source.teachers))
      try emit(position, .new(try logits.encoded(statistics: statistics(logits, shard), path: path)))
    }
  }

  private func statistics(_ logits: SoftTargetShard, _ shard: ImageShard) -> [String: Double] {
    guard let labels = shard.labels else { return [:] }
    let means = logits.targets
    let count = labels.indices.count { row in
      let values = means[row * images.classes..<(row + 1) * images.classes]
      // `max(by:)` keeps the first of equal values, as `Evaluation.prediction` does.
      return values.indices.max { values[$0] < values[$1] } == values.startIndex + Int(labels[row])
    }
    return [Self.agreeing: Double(count)]
  }
}
