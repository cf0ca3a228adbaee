import Synchronization

/// Windows that are whole copies, for the epochs to come, of a set that is small: reading them again would take a
/// small net's training a twentieth of a core. One training has it, and it ends with that training.
package final class WindowCache: Sendable {
  private let windows = Mutex<[Int: Examples]>([:])

  /// Holds nothing yet.
  package init() {}

  /// Bytes of the windows that it holds.
  package var bytes: Int { windows.withLock { $0.values.reduce(0) { $0 + $1.bytes } } }

  subscript(copy: Int) -> Examples? {
    get { windows.withLock { $0[copy] } }
    set { windows.withLock { $0[copy] = newValue } }
  }
}
