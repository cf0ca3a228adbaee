import Stage
import Synchronization

/// Examples side by side, as in `ExampleStream.Window`.
struct Examples: Sendable {
  let features: Features
  let labels: [UInt32]?
  let targets: [Float]?

  var count: Int { features.count }

  /// Those of one shard.
  ///
  /// - Parameters:
  ///   - shard: of examples.
  ///   - targets: of all its rows, [rows, classes].
  ///   - rows: those that are taken; nil for all.
  ///   - map: of labels to outputs.
  init(_ shard: ImageShard, _ targets: [Float]?, _ rows: [Int]?, _ map: LabelMap) {
    let chosen = rows.map { shard.rows($0) } ?? shard
    features = chosen.features
    labels = chosen.labels.map { map.outputs(of: $0) }
    self.targets = targets.map { targets in
      guard let rows else { return targets }
      let width = targets.count / max(1, shard.count)
      return rows.flatMap { targets[$0 * width..<($0 + 1) * width] }
    }
  }

  /// Those of several shards, of which all or none have labels and targets.
  ///
  /// - Parameters:
  ///   - parts: in their order.
  ///   - shape: of an example.
  ///   - element: what a number is.
  init(_ parts: [Examples], shape: ImageShape, element: Features.Element) {
    var features = Features([], shape: shape, element: element)
    features.reserve(parts.reduce(0) { $0 + $1.count })
    for part in parts { features.append(part.features) }
    self.features = features
    func joined<Element>(_ arrays: [[Element]?]) -> [Element]? {
      arrays.contains { $0 == nil } || arrays.isEmpty ? nil : arrays.flatMap { $0 ?? [] }
    }
    labels = joined(parts.map(\.labels))
    targets = joined(parts.map(\.targets))
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
