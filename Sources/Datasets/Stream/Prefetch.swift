import Stage
import Synchronization

/// A value that is computed on another thread while this one goes on; on this one where there is no other.
final class Prefetch<Value: Sendable>: Sendable {
  /// Where the other thread leaves the value.
  private final class Place: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private let place = Place()
  private let body: @Sendable () throws -> Value
  private let worker: WorkerThread?

  /// Begins at once.
  init(_ body: @escaping @Sendable () throws -> Value) {
    self.body = body
    worker = WorkerThread { [place] in
      let result = Result { try body() }
      place.result.withLock { $0 = result }
    }
  }

  /// Waits for the value; to be called once.
  ///
  /// - Throws: what the body threw.
  func take() throws -> Value {
    worker?.join()
    // Nobody has computed it, because there was no thread to be had.
    guard let result = place.result.withLock({ $0 }) else { return try body() }
    return try result.get()
  }
}
