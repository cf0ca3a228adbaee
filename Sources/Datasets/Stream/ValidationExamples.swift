import Machine
import Stage
import Storage

/// Validation examples for a training, read once if they fit in memory. The trained weights depend on them only
/// through early stopping.
package struct ValidationExamples: Sendable {
  /// The validation set.
  package let images: ImageSet
  private let decoded: [ImageShard]?
  private let origins: Set<RowOrigin>

  /// Bytes of the origins, which are always kept.
  package static func neededBytes(_ set: ImageSet) -> Int {
    // A hash set leaves up to half of its slots empty.
    2 * set.examples * MemoryLayout<RowOrigin>.stride
  }

  /// Reads the whole set once, to learn its origins.
  ///
  /// - Parameters:
  ///   - set: the validation set, with labels.
  ///   - threads: number of threads for reading.
  ///   - budget: memory for keeping the examples, beside `neededBytes`.
  /// - Throws: `InputError.noLabels`; `StorageError`, `InputError` for damaged shards.
  package init(_ set: ImageSet, threads: Int, budget: inout MemoryBudget) throws {
    guard set.isLabelled else { throw InputError.noLabels(path: set.path) }
    images = set
    let bytes = set.examples * set.shape.count * set.element.tensorType.width
    // A larger set is read again for each evaluation, so memory stays bounded.
    let keeps = bytes <= ExampleStream.windowBytes && budget.offers(bytes)
    let entries = set.shards
    let shards = try Processors.map(below: entries.count, threads: threads) { index in
      let shard = try set.read(entries[index])
      // Origins without variants: a digit shifted by a pixel is still the same digit.
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

  /// Whether the decoded examples are in memory.
  package var isInMemory: Bool { decoded != nil }

  /// Number of shards in all copies.
  package var shardCount: Int { images.shards.count }

  /// Throws if a training uses one of these images, distorted or not.
  ///
  /// - Parameters:
  ///   - other: origins of the training examples.
  ///   - path: path of the training set, for the message.
  /// - Throws: `InputError.shared`.
  package func checkApart(from other: RowOrigins, path: String) throws {
    for row in 0..<other.count where origins.contains(other[row].undistorted) {
      throw InputError.shared(first: path, second: images.path, row: other[row].undistorted.description)
    }
  }
}
