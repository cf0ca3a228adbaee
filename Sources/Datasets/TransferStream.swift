import CounterRandom
import Stage
import Storage
import Synchronization

/// A transfer set as a training reads it: each epoch's shards in an order of their own, a few of them in
/// memory at a time, the examples of those few mixed.
package struct TransferStream: Sendable {
  /// Shards that are in memory together and whose examples are mixed.
  package static let shardsPerWindow = 8

  /// Examples in memory, and the order in which an epoch takes them.
  package struct Window: Sendable {
    /// [examples, pixels].
    package let images: [UInt8]
    /// [examples].
    package let labels: [UInt32]
    /// [examples, classes]: probabilities or logits; nil without soft targets.
    package let targets: [Float]?
    /// [examples], rows of the arrays above.
    package let order: [UInt32]
  }

  package let images: ImageSet
  package let softTargets: SoftTargetSet?
  private let seed: UInt64
  /// Of a set that is small; else nil, and each epoch reads its shards again.
  private let cache: DecodedShards?

  /// - Throws: `DatasetError.otherClasses`.
  package init(images: ImageSet, softTargets: SoftTargetSet?, seed: UInt64) throws {
    if let softTargets, softTargets.classes != images.classes {
      throw DatasetError.otherClasses(
        path: softTargets.whole.directory, expected: images.classes, found: softTargets.classes)
    }
    self.images = images
    self.softTargets = softTargets
    self.seed = seed
    let bytes = images.pixels + (softTargets?.classes ?? 0) * MemoryLayout<Float>.stride
    let examples = images.examplesPerCopy * images.copies.count
    cache = DecodedShards.byteLimit / max(1, bytes) >= examples ? DecodedShards() : nil
  }

  /// The shards of each window of an epoch. Epoch e reads copy e modulo the number of copies.
  package func windows(epoch: Int) -> [[Manifest.Output]] {
    let shards = images.copies[epoch % images.copies.count]
    let random = CounterRandom(seed: seed, purpose: .shardOrder)
    let order = random.permutation(shards.count, UInt32(truncatingIfNeeded: epoch))
    return stride(from: 0, to: shards.count, by: Self.shardsPerWindow).map { start in
      order[start..<min(shards.count, start + Self.shardsPerWindow)].map { shards[Int($0)] }
    }
  }

  /// Examples in the shards of a window.
  package func exampleCount(_ window: [Manifest.Output]) -> Int {
    window.reduce(0) { $0 + ($1.examples ?? 0) }
  }

  /// How the examples of a window are cut into batches of nearly equal size, so that none is a mere rest.
  package static func batches(examples: Int, batchSize: Int) -> [Range<Int>] {
    let count = (examples + batchSize - 1) / batchSize
    return (0..<count).map { examples * $0 / count..<examples * ($0 + 1) / count }
  }

  /// Reads a window.
  ///
  /// - Parameter threads: that have nothing else to do.
  /// - Throws: `StorageError`, `DatasetError` for damaged shards and for soft targets of other images; with more
  ///   than one thread also `StageError.interrupted`.
  package func load(epoch: Int, window: Int, threads: Int = 1) throws -> Window {
    let shards = windows(epoch: epoch)[window]
    var pixels: [UInt8] = []
    var labels: [UInt32] = []
    var targets: [Float]? = softTargets == nil ? nil : []
    pixels.reserveCapacity(exampleCount(shards) * images.pixels)
    let parts = threads > 1 ? try decoded(shards, threads: threads) : nil
    for (index, entry) in shards.enumerated() {
      let shard = try parts?[index] ?? decoded(entry)
      if let part = shard.targets { targets? += part }
      pixels += shard.images
      labels += shard.labels.map { UInt32($0) }
    }
    guard labels.count == exampleCount(shards) else {
      throw DatasetError.noExamples(path: images.whole.directory)
    }
    let random = CounterRandom(seed: seed, purpose: .exampleOrder)
    return Window(
      images: pixels, labels: labels, targets: targets,
      order: random.permutation(
        labels.count, UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: window)))
  }

  private func decoded(_ entries: [Manifest.Output], threads: Int) throws -> [DecodedShards.Shard] {
    let shards = Mutex([DecodedShards.Shard?](repeating: nil, count: entries.count))
    try Processors.forEach(below: entries.count, threads: threads) { index in
      let shard = try decoded(entries[index])
      shards.withLock { $0[index] = shard }
    }
    return shards.withLock { $0.compactMap { $0 } }
  }

  /// The part of a window that one shard gives, joined and checked.
  private func decoded(_ entry: Manifest.Output) throws -> DecodedShards.Shard {
    if let shard = cache?[entry.path] { return shard }
    let images = try images.read(entry)
    let targets = try softTargets?.read(for: entry, images: images, in: self.images).targets
    let shard = DecodedShards.Shard(images: images.images, labels: images.labels, targets: targets)
    cache?[entry.path] = shard
    return shard
  }
}

/// Shards that were read and checked, by path, for the epochs to come: reading them again would take a small
/// net's training a twentieth of a core.
private final class DecodedShards: Sendable {
  /// Bytes of images and soft targets; a set beyond it is read anew each epoch, so memory stays bounded.
  static let byteLimit = 64 << 20

  /// As in `TransferStream.Window`.
  struct Shard: Sendable {
    let images: [UInt8]
    let labels: [UInt16]
    let targets: [Float]?
  }

  private let shards = Mutex<[String: Shard]>([:])

  subscript(path: String) -> Shard? {
    get { shards.withLock { $0[path] } }
    set { shards.withLock { $0[path] = newValue } }
  }
}
