import Stage
import Storage

/// A finished directory of soft targets at one temperature, or of logits.
package struct SoftTargetSet: Sendable {
  package static let stage = "dk-soften"

  package enum Kind: Equatable, Sendable {
    case logits
    case probabilities(temperature: Double)
  }

  package let whole: Whole
  package let kind: Kind
  package let classes: Int
  private let byPath: [String: Manifest.Output]

  package var shards: [Manifest.Output] { whole.manifest.outputs }

  /// - Throws: `StageError.wrongStage`, `.notFinished`, `.wrongManifest`; `StorageError.missing`.
  package init(_ directory: String) throws {
    whole = try Whole(directory)
    guard whole.manifest.stage == Self.stage else {
      throw StageError.wrongStage(path: directory, expected: Self.stage, found: whole.manifest.stage)
    }
    classes = try whole.count("classes")
    if let temperature = whole.manifest.parameters["temperature"]?.double {
      kind = .probabilities(temperature: temperature)
    } else {
      kind = .logits
    }
    byPath = Dictionary(whole.manifest.outputs.map { ($0.path, $0) }) { first, _ in first }
  }

  /// Reads one shard, checked against the manifest.
  ///
  /// - Throws: `StorageError`, `DatasetError` as `SoftTargetShard`.
  package func read(_ shard: Manifest.Output) throws -> SoftTargetShard {
    try SoftTargetShard(frame: try whole.contents(of: shard), classes: classes, path: whole.path(of: shard))
  }

  /// The shard of the images in `entry`, joined and checked row by row.
  ///
  /// - Throws: `DatasetError.missingShard` and as `SoftTargetShard.checkJoin`.
  package func read(for entry: Manifest.Output, images: ImageShard, in set: ImageSet) throws
    -> SoftTargetShard
  {
    let imagePath = set.whole.path(of: entry)
    guard let own = byPath[entry.path] else {
      throw DatasetError.missingShard(softTargets: whole.directory, images: imagePath)
    }
    let shard = try read(own)
    try shard.checkJoin(images, entry: entry, path: imagePath)
    return shard
  }
}
