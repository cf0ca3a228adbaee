import Synchronization

/// A value that is computed when it is first asked for.
final class LazyValue<Value: Sendable>: Sendable {
  private let known = Mutex<Value?>(nil)

  /// Sets the value, in place of computing it.
  func set(_ value: Value) { known.withLock { $0 = value } }

  /// The value if it is known.
  var current: Value? { known.withLock { $0 } }

  func value(_ compute: () throws -> Value) throws -> Value {
    // Computed under the lock: who comes second waits, and the set is read once.
    try known.withLock { known in
      if let known { return known }
      let value = try compute()
      known = value
      return value
    }
  }
}
