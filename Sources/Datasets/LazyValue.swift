import Synchronization

/// A value that is computed when it is first asked for.
final class LazyValue<Value: Sendable>: Sendable {
  private let known = Mutex<Value?>(nil)

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
