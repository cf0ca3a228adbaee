import CounterRandom
import Stage
import Synchronization

/// Plans the windows of an epoch once, however often they are asked for. Only the last epoch is kept.
final class WindowPlanner: Sendable {
  private let plan: WindowPlan
  private let seed: UInt64
  private let last = Mutex<(epoch: Int, windows: [[Manifest.Output]])?>(nil)
  private let planned = Atomic<Int>(0)

  init(_ plan: WindowPlan, seed: UInt64) { (self.plan, self.seed) = (plan, seed) }

  /// Number of times that an epoch has been planned.
  var planCount: Int { planned.load(ordering: .relaxed) }

  /// The windows of an epoch, each a list of shards.
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

/// The rule by which the shards of an epoch are dealt out to windows.
struct WindowPlan: Sendable {
  /// Bytes of an example in memory, with its soft target.
  let bytesPerExample: Int
  /// Upper limit for a window in bytes.
  let limit: Int

  /// Bytes of shards in memory, at most `Int.max / 2`.
  private func bytes(_ shards: [Manifest.Output]) -> Int {
    // A forged manifest may count so many examples that the product overflows. Any size above the limit is
    // equivalent, so sums are capped; half of `Int.max` leaves room for adding `limit`.
    shards.reduce(0) { sum, shard in
      let (own, overflow) = shard.examples.multipliedReportingOverflow(by: bytesPerExample)
      return overflow ? Int.max / 2 : min(Int.max / 2, sum + min(own, Int.max / 4))
    }
  }

  /// Upper limit for the largest window of a copy, in bytes.
  func largestWindow(_ shards: [Manifest.Output]) -> Int {
    // Shards are dealt out in turn, and the largest ones may come into one window.
    let count = (shards.count + windowCount(shards) - 1) / windowCount(shards)
    let (most, overflow) = largestShard(shards).multipliedReportingOverflow(by: count)
    return overflow ? bytes(shards) : min(most, bytes(shards))
  }

  /// Bytes of the largest shard.
  func largestShard(_ shards: [Manifest.Output]) -> Int { shards.map { bytes([$0]) }.max() ?? 0 }

  /// Number of windows for these shards, at least 1.
  func windowCount(_ shards: [Manifest.Output]) -> Int {
    // No more windows than shards: a shard is never cut, so a large one makes a large window.
    max(1, min(shards.count, (bytes(shards) + limit - 1) / limit))
  }

  /// Deals shards out to the windows of an epoch.
  ///
  /// Shards are sorted by mean label, with ties in a random order for the epoch, and dealt out in turn. If each shard
  /// holds a single class, the share of a class in a window is thus off by less than one shard. If every shard is a
  /// sample of the source, the result is simply random.
  func windows(of shards: [Manifest.Output], epoch: Int, seed: UInt64) -> [[Manifest.Output]] {
    let count = windowCount(shards)
    guard count > 1 else { return [shards] }
    var windows = [[Manifest.Output]](repeating: [], count: count)
    let random = CounterRandom(seed: seed, purpose: .windows)
    let number = UInt32(truncatingIfNeeded: epoch)
    // Third counter 0 for ranks, 1 for turns: two independent permutations for each epoch.
    let rank = random.permutation(shards.count, number, 0)
    // Rounded, so that shards of nearly the same mean are ties and are shuffled. Ranks are unique, so the order is
    // total.
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
  /// Mean label of its examples; 0 without labels.
  fileprivate var meanLabel: Double {
    guard let counts = summary?.examplesPerClass else { return 0 }
    let sum = counts.enumerated().reduce(0.0) { $0 + Double($1.offset) * Double($1.element) }
    return sum / Double(max(1, counts.reduce(0, +)))
  }
}
