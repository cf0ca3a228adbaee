import CSystem
import Foundation
import Synchronization

/// Where threads wait for a change that another thread makes: they look for a while, because most waits are shorter
/// than a sleep, and then sleep, because the other may have lost its core. A thread that only looked would hold a
/// core that the other, or somebody else's process, could have.
final class Gate: Sendable {
  /// How often a waiting thread looks before it sleeps.
  private let patience: Int
  private let sleepers = Atomic<Int>(0)
  private let condition = NSCondition()

  /// - Parameter patience: how often a waiting thread looks before it sleeps; a thousand take some 25 microseconds.
  init(patience: Int) { self.patience = patience }

  /// Returns once `isOpen` is true; `isOpen` must load with acquire ordering what `open()` is called after.
  func wait(until isOpen: () -> Bool) {
    for _ in 0..<patience {
      if isOpen() { return }
      dk_pause()
    }
    condition.lock()
    sleepers.add(1, ordering: .relaxed)
    // Either this thread sees the change, or `open` sees the sleeper: so each orders its write before its read of
    // the other's, which only sequentially consistent fences do.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // `open` locks before it wakes, so no wake comes between this look and the sleep.
    while !isOpen() { condition.wait() }
    // Only a hint to those that open: the lock orders it for those that sleep.
    sleepers.subtract(1, ordering: .relaxed)
    condition.unlock()
  }

  /// To be called after every change that a waiting thread looks for.
  func open() {
    // The other half of the pair in `wait`.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .relaxed) > 0 else { return }
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }
}
