import Datasets
import Stage
import Storage

/// Makes `soft/logits`: what the teachers say of every image, from which any temperature follows.
package struct LogitStage {
  package static let directory = "logits"
  private static let arithmeticVersion = 4

  package let plan: Plan
  private let source: any LogitSource
  private let images: ImageSet

  package var classes: Int { images.classes }
  /// Images in all copies.
  package var examples: Int { images.shards.reduce(0) { $0 + ($1.examples ?? 0) } }

  package init(_ source: any LogitSource, images: ImageSet) throws {
    self.source = source
    self.images = images
    let outputs = try images.shards.map { shard in
      Plan.Output(
        path: shard.path,
        identity: try CanonicalJSON.digest(of: [
          "stage": JSONValue(SoftTargetSet.stage), "kind": "logits",
          "arithmeticVersion": JSONValue(Self.arithmeticVersion), "image": JSONValue(shard.sha256.hex),
          "teachers": .array(source.teacherDigests.map { JSONValue($0.hex) }),
        ]))
    }
    plan = Plan(
      stage: SoftTargetSet.stage, arithmeticVersion: Self.arithmeticVersion,
      parameters: ["kind": "logits", "teachers": JSONValue(source.teacherCount)],
      inputs: source.inputs + [Plan.Input(name: "images", images.whole)], outputs: outputs)
  }

  /// Runs the images of the pending shards through the teachers and finishes the directory.
  ///
  /// - Throws: `StorageError`, `DatasetError`; `StageError.interrupted`.
  package func run(_ work: Work, threads: Int, progress: ProgressMeter) throws {
    let entries = Dictionary(images.shards.map { ($0.path, $0) }) { first, _ in first }
    let publisher = work.publisher()
    let pending = work.pending
    let made = Collected<Manifest.Output>()
    defer { work.adopt(made.elements) }
    try Processors.forEach(below: pending.count, threads: threads) { [source, images] index in
      guard let entry = entries[pending[index].path] else { return }
      let shard = try images.read(entry)
      let frame = try Self.frame(shard, entry, source, images, identity: pending[index].identity)
      made.append(try publisher.publish(frame, as: pending[index], examples: shard.count))
      progress.advance(by: shard.count)
    }
    work.adopt(made.elements)
    _ = try work.finish(counts: [
      "examples": examples, "classes": images.classes,
      "shards": images.shards.count, "teachers": source.teacherCount,
    ])
  }

  /// What making the pending shards would take, judged by one that is made and forgotten.
  package func estimate(_ work: Work, threads: Int) throws -> (bytes: Int, seconds: Double) {
    let entry = images.shards[0]
    var bytes = 0
    let elapsed = try ContinuousClock().measure {
      let shard = try images.read(entry)
      bytes = try Self.frame(shard, entry, source, images, identity: plan.outputs[0].identity).count
    }
    return (
      bytes * plan.outputs.count, elapsed.seconds * Double(work.pending.count) / Double(threads)
    )
  }

  private static func frame(
    _ shard: ImageShard, _ entry: Manifest.Output, _ source: any LogitSource, _ images: ImageSet,
    identity: Digest
  ) throws -> [UInt8] {
    let path = images.whole.path(of: entry)
    let logits = try source.logits(of: shard, path: path)
    var writer = SafetensorsWriter(metadata: [
      ShardFile.identityKey: identity.hex, "image_shard": entry.sha256.hex,
      "teachers": source.teacherDigests.map(\.hex).joined(separator: ","),
    ])
    let several = source.teacherCount > 1
    writer.add(
      "logits", logits,
      shape: several ? [shard.count, source.teacherCount, source.classes] : [shard.count, source.classes])
    writer.add("indices", shard.indices, shape: [shard.count])
    writer.add("shifts", shard.shifts, shape: [shard.count, 2])
    return try ZstdFrame.compress(try writer.bytes(), path: path)
  }
}
