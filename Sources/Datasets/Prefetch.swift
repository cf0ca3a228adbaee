import Foundation
import Synchronization

/// A value that is computed on another thread while this one goes on.
package final class Prefetch<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  package init(_ body: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global().async { [self] in
      let value = Result { try body() }
      result.withLock { $0 = value }
      done.signal()
    }
  }

  /// Waits for the value; to be called once.
  ///
  /// - Throws: what the body threw.
  package func take() throws -> Value {
    done.wait()
    guard let value = result.withLock({ $0 }) else { throw CancellationError() }
    return try value.get()
  }
}
