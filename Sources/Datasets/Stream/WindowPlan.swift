import CounterRandom
import Stage
import Synchronization

/// How the shards of an epoch are dealt out to windows; planned once an epoch, whoever asks how often.
final class WindowPlanner: Sendable {
  private let plan: WindowPlan
  private let seed: UInt64
  private let last = Mutex<(epoch: Int, windows: [[Manifest.Output]])?>(nil)
  private let planned = Atomic<Int>(0)

  init(_ plan: WindowPlan, seed: UInt64) { (self.plan, self.seed) = (plan, seed) }

  /// How often an epoch was planned.
  var planCount: Int { planned.load(ordering: .relaxed) }

  /// The shards of each window of an epoch, which are those of `shards`.
  func windows(of shards: [Manifest.Output], epoch: Int) -> [[Manifest.Output]] {
    last.withLock { last in
      if let last, last.epoch == epoch { return last.windows }
      let windows = plan.windows(of: shards, epoch: epoch, seed: seed)
      last = (epoch, windows)
      planned.add(1, ordering: .relaxed)
      return windows
    }
  }
}

/// How the shards of an epoch are dealt out to windows.
struct WindowPlan: Sendable {
  /// In memory.
  let bytesPerExample: Int
  /// Bytes in a window.
  let limit: Int

  private func bytes(_ shards: [Manifest.Output]) -> Int {
    // A manifest made by hand may count more than a number holds; anything above the limit is alike.
    shards.reduce(0) { sum, shard in
      let (own, overflow) = shard.examples.multipliedReportingOverflow(by: bytesPerExample)
      return overflow ? Int.max / 2 : min(Int.max / 2, sum + min(own, Int.max / 4))
    }
  }

  func windowCount(_ shards: [Manifest.Output]) -> Int {
    // No more windows than shards: a shard is never cut, so a large one makes a large window.
    max(1, min(shards.count, (bytes(shards) + limit - 1) / limit))
  }

  /// The shards of each window of an epoch.
  ///
  /// Shards lie side by side by the class that they are mostly of, in an order of the epoch's within it, and are dealt
  /// out in turn. So where a shard holds one class alone, each window has less than one shard more or less of each
  /// class than its share; where all shards are samples of the source it is a plain lottery.
  func windows(of shards: [Manifest.Output], epoch: Int, seed: UInt64) -> [[Manifest.Output]] {
    let count = windowCount(shards)
    guard count > 1 else { return [shards] }
    var windows = [[Manifest.Output]](repeating: [], count: count)
    let random = CounterRandom(seed: seed, purpose: .windows)
    let number = UInt32(truncatingIfNeeded: epoch)
    let rank = random.permutation(shards.count, number, 0)
    let sorted = shards.indices.map { (label: shards[$0].meanLabel.rounded(), rank: rank[$0], shard: $0) }
      .sorted { ($0.label, $0.rank) < ($1.label, $1.rank) }
    let turns = random.permutation(count, number, 1)
    for (place, next) in sorted.enumerated() {
      windows[Int(turns[place % count])].append(shards[next.shard])
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
