import Synchronization

/// Windows of a small set, kept for later epochs. Each window is a whole copy of the set. Reading them again would cost
/// the training of a small net 5 % of a core. One training owns the cache and releases it at its end.
package final class WindowCache: Sendable {
  private let windows = Mutex<[Int: Examples]>([:])

  /// An empty cache.
  package init() {}

  /// Bytes of the windows in the cache.
  package var bytes: Int { windows.withLock { $0.values.reduce(0) { $0 + $1.bytes } } }

  subscript(copy: Int) -> Examples? {
    get { windows.withLock { $0[copy] } }
    set { windows.withLock { $0[copy] = newValue } }
  }
}
