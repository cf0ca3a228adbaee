import CSystem
import Foundation
import Synchronization

/// Lets threads wait for a change by another thread. They first poll, because most waits are shorter than a sleep,
/// and then sleep, because the other thread may have lost its core. A thread that only polled would occupy a core
/// that the other thread, or another process, could use.
final class Gate: Sendable {
  /// Number of polls before a waiting thread sleeps.
  private let patience: Int
  /// Number of threads that sleep or are about to.
  private let sleepers = Atomic<Int>(0)
  private let condition = NSCondition()

  /// - Parameter patience: number of polls before a thread sleeps; a thousand take about 25 microseconds.
  init(patience: Int) { self.patience = patience }

  /// Returns once `isOpen` is true. `isOpen` must load with acquire ordering; the other thread calls `open()` after
  /// its store.
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
    // `open` takes the lock before it wakes, so no wake falls between this check and the sleep. In a loop, because a
    // condition may wake without cause.
    while !isOpen() { condition.wait() }
    // For `open` this is only a hint, so relaxed is enough; among sleepers the lock orders it.
    sleepers.subtract(1, ordering: .relaxed)
    condition.unlock()
  }

  /// Wakes waiting threads; to be called after every change that they may wait for.
  func open() {
    // The other half of the pair in `wait`.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // The usual case: nobody sleeps, and opening costs no system call.
    guard sleepers.load(ordering: .relaxed) > 0 else { return }
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }
}
