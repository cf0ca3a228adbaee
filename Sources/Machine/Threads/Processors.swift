import CSystem
import Synchronization

/// Counts the available processors and distributes tasks over them.
package enum Processors {
  /// Starts a thread with a body; returns nil if the system gives no thread.
  package typealias Starter = (_ body: @escaping @Sendable () -> Void) -> WorkerThread?

  /// Number of processors that this process may use at once: those in its affinity mask, limited by the quota of its
  /// control groups (a container's CPU limit), rounded up.
  package static let count = min(Int(dk_allowed_processors()), ControlGroups.own.processors ?? .max)

  /// Calls `body` for each index below `count` on up to `threads` threads, including the caller's; on fewer if the
  /// system gives no more. The order varies, so `body` must not depend on it. After an error no further call starts.
  ///
  /// - Parameters:
  ///   - count: number of calls.
  ///   - threads: largest number of threads, including the caller's.
  ///   - start: starts one thread.
  ///   - check: called before each call of `body`; throws to end the work early.
  ///   - body: the task of one index.
  /// - Throws: the error of the lowest index that failed.
  package static func forEach(
    below count: Int, threads: Int, start: Starter = { WorkerThread($0) },
    check: @Sendable () throws -> Void, _ body: @Sendable (Int) throws -> Void
  ) throws {
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    @Sendable func work() {
      while true {
        // Relaxed is enough to distribute indices: joining the threads makes their results visible to the caller.
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count, failure.withLock({ $0 == nil }) else { return }
        do {
          try check()
          try body(index)
        } catch {
          // The error of the lowest index is kept, because the first one in time varies between runs.
          failure.withLock { if index < $0?.index ?? count { $0 = (index, error) } }
        }
      }
    }
    // Not escaping: all threads are joined before this returns.
    withoutActuallyEscaping(work as @Sendable () -> Void) { work in
      var workers: [WorkerThread] = []
      // The caller is one more thread. If the system gives no further one, the existing ones do all the work.
      while workers.count + 1 < min(threads, count), let worker = start(work) { workers.append(worker) }
      work()
      for worker in workers { worker.join() }
    }
    if let failed = failure.withLock({ $0?.error }) { throw failed }
  }

  /// Results of `body` for each index below `count`, in the order of the indices.
  ///
  /// - Parameters:
  ///   - count: number of calls.
  ///   - threads: largest number of threads, including the caller's.
  ///   - check: as in `forEach`.
  ///   - body: the task of one index.
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
