import CounterRandom
import Stage

/// How the shards of an epoch are dealt out to windows.
struct WindowPlan: Sendable {
  /// In memory.
  let bytesPerExample: Int
  /// Bytes in a window.
  let limit: Int

  private func bytes(_ shards: [Manifest.Output]) -> Int {
    shards.reduce(0) { $0 + $1.examples * bytesPerExample }
  }

  func windowCount(_ shards: [Manifest.Output]) -> Int {
    // No more windows than shards: a shard is never cut, so a large one makes a large window.
    max(1, min(shards.count, (bytes(shards) + limit - 1) / limit))
  }

  /// The shards of each window of an epoch.
  ///
  /// Sorted by the mean of their labels, each run of neighbours gives one shard to each window, by lot. So the classes
  /// are spread evenly over the windows even where a shard holds one class alone; where all shards are samples of the
  /// source it is a plain lottery.
  func windows(of shards: [Manifest.Output], epoch: Int, seed: UInt64) -> [[Manifest.Output]] {
    let count = windowCount(shards)
    let random = CounterRandom(seed: seed, purpose: .windows)
    let number = UInt32(truncatingIfNeeded: epoch)
    var windows = [[Manifest.Output]](repeating: [], count: count)
    // By path among equals, for without labels every mean is 0, and a join may list its shards otherwise.
    let sorted = count == 1 ? shards : shards.sorted { ($0.meanLabel, $0.path) < ($1.meanLabel, $1.path) }
    for (run, start) in stride(from: 0, to: shards.count, by: count).enumerated() {
      let lot = random.permutation(count, number, UInt32(truncatingIfNeeded: run))
      for (place, shard) in sorted[start..<min(shards.count, start + count)].enumerated() {
        windows[Int(lot[place])].append(shard)
      }
    }
    return windows
  }
}

extension Manifest.Output {
  /// Of its examples; 0 without labels.
  fileprivate var meanLabel: Double {
    guard let counts = summary?.examplesPerClass else { return 0 }
    let sum = counts.enumerated().reduce(0.0) { $0 + Double($1.offset) * Double($1.element) }
    return sum / Double(max(1, counts.reduce(0, +)))
  }
}
