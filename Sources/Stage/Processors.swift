import Foundation
import Synchronization

/// The processors of this machine, and work spread over them.
package enum Processors {
  /// Cores that this process may use.
  package static var count: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Calls `body` for each index below `count`, on up to `threads` threads. The order is not fixed, so
  /// `body` must not depend on it. After an error or a signal no further call is begun.
  ///
  /// - Throws: the error of the lowest index that failed; `StageError.interrupted`.
  package static func forEach(
    below count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void
  ) throws {
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    @Sendable func work() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count, failure.withLock({ $0 == nil }) else { return }
        do {
          try Interruption.check()
          try body(index)
        } catch {
          failure.withLock { if index < $0?.index ?? count { $0 = (index, error) } }
        }
      }
    }
    if threads == 1 || count <= 1 {
      work()
    } else {
      DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in work() }
    }
    if let failed = failure.withLock({ $0?.error }) { throw failed }
  }
}
