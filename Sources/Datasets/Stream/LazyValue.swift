import Synchronization

/// A value that is computed on first use. A computation that throws is tried again on the next use.
final class LazyValue<Value: Sendable>: Sendable {
  private let known = Mutex<Value?>(nil)

  /// Stores a known value, so that it is not computed.
  func set(_ value: Value) { known.withLock { $0 = value } }

  /// The value if it is known.
  var current: Value? { known.withLock { $0 } }

  /// The value, computed by `compute` if it is not known.
  func value(_ compute: () throws -> Value) throws -> Value {
    // Computed under the lock, so that a second thread waits and the set is read only once. `compute` must not use
    // this value itself.
    try known.withLock { known in
      if let known { return known }
      let value = try compute()
      known = value
      return value
    }
  }
}
