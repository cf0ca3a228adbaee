import Stage
import Storage
import Synchronization

/// Accumulates the statistics of a set while its shards are written; saved as `statistics.st` beside them.
package final class StatisticsTally: ShardTally {
  private let none: FeatureStatistics
  private let shards: Int
  private let total: Mutex<FeatureStatistics>

  /// - Parameters:
  ///   - none: empty statistics with the set's numbers of inputs and classes.
  ///   - shards: number of shards that count, from the first on.
  package init(_ none: FeatureStatistics, shards: Int) {
    (self.none, self.shards) = (none, shards)
    total = Mutex(none)
  }

  package func clear() { total.withLock { $0 = none } }

  package func counts(_ position: Int) -> Bool { position < shards }

  /// Adds a shard; may be called from any thread. The order is not fixed, which is safe because sums of pixels are
  /// exact.
  func add(_ shard: ImageShard) {
    // Counted outside the lock, which then guards only the short sum.
    var own = none
    own.add(shard.features, labels: shard.labels)
    total.withLock { $0.add(own) }
  }

  package func add(_ shard: ShardFile) throws {
    let own = try ImageShard(shard)
    // Checked first: `FeatureStatistics.add` traps on other features and uses labels as indices.
    guard own.features.element == none.element, own.shape.count == none.sums.count,
      own.labels?.allSatisfy({ $0 < none.examplesPerClass.count }) ?? true
    else {
      throw StorageError.malformed(path: shard.path, reason: "expected examples of this set, found others")
    }
    add(own)
  }

  package func add(_ file: [UInt8], path: String) throws {
    let found = try FeatureStatistics(Safetensors(file, path: path))
    guard none.canAdd(found) else {
      throw StorageError.malformed(path: path, reason: "expected statistics of this set, found others")
    }
    total.withLock { $0.add(found) }
  }

  package func encoded() throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: [:])
    total.withLock { $0 }.write(to: &writer)
    return try writer.bytes()
  }
}
