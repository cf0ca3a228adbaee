import Stage
import Synchronization

/// Examples side by side, as in `ExampleStream.Window`.
struct Examples: Sendable {
  private(set) var images: [UInt8] = []
  private(set) var labels: [UInt32]?
  private(set) var targets: [Float]?
  private(set) var count = 0

  init() {}

  /// Those of one shard.
  ///
  /// - Parameters:
  ///   - shard: of images.
  ///   - targets: of all its rows, [rows, classes].
  ///   - rows: those that are taken; nil for all.
  ///   - map: of labels to outputs.
  init(_ shard: ImageShard, _ targets: [Float]?, _ rows: [Int]?, _ map: OutputMap) {
    let chosen = rows.map { shard.rows($0) } ?? shard
    images = chosen.images
    labels = chosen.labels.map { map.outputs(of: $0) }
    count = chosen.count
    self.targets = targets.map { targets in
      guard let rows else { return targets }
      let width = targets.count / max(1, shard.count)
      return rows.flatMap { targets[$0 * width..<($0 + 1) * width] }
    }
  }

  mutating func reserve(_ examples: Int, inputs: Int) { images.reserveCapacity(examples * inputs) }

  mutating func append(_ other: Examples) {
    images += other.images
    if let own = other.labels { labels = (labels ?? []) + own }
    if let own = other.targets { targets = (targets ?? []) + own }
    count += other.count
  }
}

/// Windows that are whole copies, for the epochs to come, of a set that is small: reading them again would take a
/// small net's training a twentieth of a core.
final class WindowCache: Sendable {
  private let windows = Mutex<[Int: Examples]>([:])

  subscript(copy: Int) -> Examples? {
    get { windows.withLock { $0[copy] } }
    set { windows.withLock { $0[copy] = newValue } }
  }
}
