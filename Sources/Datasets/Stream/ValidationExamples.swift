import Stage
import Storage

/// Examples that a training is judged by while it goes on: read and decoded once where they fit in memory. The result does
/// not depend on them.
package struct ValidationExamples: Sendable {
  /// The set that they are of.
  package let images: ImageSet
  private let decoded: [ImageShard]?
  private let origins: Set<RowOrigin>

  /// - Throws: `InputError.noLabels`; `StorageError`, `InputError` for damaged shards.
  package init(_ set: ImageSet, threads: Int) throws {
    guard set.isLabelled else { throw InputError.noLabels(path: set.path) }
    images = set
    // A larger set is read again after each epoch: memory stays bounded.
    let keeps = set.examples <= ExampleStream.windowBytes / set.shape.count
    let entries = set.shards
    let shards = try Processors.map(below: entries.count, threads: threads) { index in
      let shard = try set.read(entries[index])
      // Without their variants: a digit moved by a pixel is the same digit.
      return (shard: keeps ? shard : nil, origins: (0..<shard.count).map { shard.origins[$0].undistorted })
    }
    decoded = keeps ? shards.compactMap(\.shard) : nil
    origins = Set(shards.flatMap(\.origins))
  }

  /// The shard at a position.
  ///
  /// - Throws: `StorageError`, `InputError`.
  package func shard(_ position: Int) throws -> ImageShard {
    try decoded?[position] ?? images.read(images.shards[position])
  }

  /// Shards of all copies.
  package var shardCount: Int { images.shards.count }

  /// Throws if a training learns from one of these images, distorted or not.
  ///
  /// - Parameters:
  ///   - other: rows that are learnt from.
  ///   - path: of their set, for the message.
  /// - Throws: `InputError.shared`.
  package func checkApart(from other: RowOrigins, path: String) throws {
    for row in 0..<other.count where origins.contains(other[row].undistorted) {
      throw InputError.shared(first: path, second: images.path, row: other[row].undistorted.description)
    }
  }
}
