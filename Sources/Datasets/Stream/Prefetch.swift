import Machine
import Stage
import Synchronization

/// A value computed on another thread in the background; computed by the caller if the system gives no thread.
final class Prefetch<Value: Sendable>: Sendable {
  /// Holds the result of the other thread. A class of its own, because the thread starts before `self` can be
  /// captured.
  private final class Place: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private let place = Place()
  private let body: @Sendable () throws -> Value
  private let worker: WorkerThread?

  /// Starts the computation at once.
  init(_ body: @escaping @Sendable () throws -> Value) {
    self.body = body
    worker = WorkerThread { [place] in
      let result = Result { try body() }
      place.result.withLock { $0 = result }
    }
  }

  /// Waits for the value; to be called once.
  ///
  /// - Throws: errors of the body.
  func take() throws -> Value {
    worker?.join()
    // No result after the join: there was no thread, so the caller computes the value.
    guard let result = place.result.withLock({ $0 }) else { return try body() }
    return try result.get()
  }
}
