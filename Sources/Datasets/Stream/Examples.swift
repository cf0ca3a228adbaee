/// Examples with their features, labels and targets, as in `ExampleStream.Window`.
struct Examples: Sendable {
  let features: Features
  let labels: [UInt32]?
  let targets: [Float]?

  var count: Int { features.count }

  /// Size in memory, in bytes.
  var bytes: Int {
    let labels = (labels?.count ?? 0) * MemoryLayout<UInt32>.stride
    return features.bytes.count + labels + (targets?.count ?? 0) * MemoryLayout<Float>.stride
  }

  /// Selects the examples of one shard.
  ///
  /// - Parameters:
  ///   - shard: the shard with all its rows.
  ///   - targets: [rows, classes] for all rows; nil without soft targets.
  ///   - rows: the selected rows; nil for all.
  ///   - map: maps labels to outputs.
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

  /// Joins the examples of several shards. Labels and targets must be present in all shards or in none.
  ///
  /// - Parameters:
  ///   - parts: examples of each shard, in the order of the result.
  ///   - shape: shape of an example.
  ///   - element: number type of the features.
  init(_ parts: [Examples], shape: ImageShape, element: Features.Element) {
    features = Features(joining: parts.map(\.features), shape: shape, element: element)
    // If only some parts had labels, joining these would assign them to the wrong examples.
    func joined<Element>(_ arrays: [[Element]?]) -> [Element]? {
      arrays.contains { $0 == nil } || arrays.isEmpty ? nil : [Element](joining: arrays.compactMap { $0 })
    }
    labels = joined(parts.map(\.labels))
    targets = joined(parts.map(\.targets))
  }
}
