import CSystem
import Synchronization

/// The processors of this machine, and work spread over them.
package enum Processors {
  /// Starts a thread with a body; nil if there is none to be had.
  package typealias Starter = (_ body: @escaping @Sendable () -> Void) -> WorkerThread?

  /// Processors that this process may use at once: those of its affinity mask, and no more than its control groups
  /// (a container's CPU limit) pay for, rounded up.
  package static let count = min(Int(dk_allowed_processors()), ControlGroups.own.processors ?? .max)

  /// Calls `body` for each index below `count`, on up to `threads` threads, the caller's among them; on fewer where
  /// the system has no more to give. The order is not fixed, so `body` must not depend on it. After an error no
  /// further call is begun.
  ///
  /// - Parameters:
  ///   - count: how many calls.
  ///   - threads: at most as many at once.
  ///   - start: how a thread is started.
  ///   - check: called before each call of `body`; throws to end the work early.
  ///   - body: the work of one index.
  /// - Throws: the error of the lowest index that failed.
  package static func forEach(
    below count: Int, threads: Int, start: Starter = { WorkerThread($0) },
    check: @Sendable () throws -> Void, _ body: @Sendable (Int) throws -> Void
  ) throws {
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    @Sendable func work() {
      while true {
        // Only shares out the indices: what a call wrote comes to this thread by the join at the end.
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count, failure.withLock({ $0 == nil }) else { return }
        do {
          try check()
          try body(index)
        } catch {
          // Of several the lowest: which thread failed first is chance.
          failure.withLock { if index < $0?.index ?? count { $0 = (index, error) } }
        }
      }
    }
    // They are joined before this returns, so the body does not outlive the call.
    withoutActuallyEscaping(work as @Sendable () -> Void) { work in
      var workers: [WorkerThread] = []
      // The caller makes one more; where no further thread is to be had, those there are share the work.
      while workers.count + 1 < min(threads, count), let worker = start(work) { workers.append(worker) }
      work()
      for worker in workers { worker.join() }
    }
    if let failed = failure.withLock({ $0?.error }) { throw failed }
  }

  /// What `body` gives for each index below `count`, in the order of the indices, whoever was first.
  ///
  /// - Parameters:
  ///   - count: how many calls.
  ///   - threads: at most as many at once.
  ///   - check: as in `forEach`.
  ///   - body: the work of one index.
  /// - Returns: [count].
  /// - Throws: as `forEach`.
  package static func map<Element: Sendable>(
    below count: Int, threads: Int, check: @Sendable () throws -> Void,
    _ body: @Sendable (Int) throws -> Element
  ) throws -> [Element] {
    let made = Collected<(index: Int, element: Element)>()
    try forEach(below: count, threads: threads, check: check) { made.append(($0, try body($0))) }
    return made.elements.sorted { $0.index < $1.index }.map(\.element)
  }
}
