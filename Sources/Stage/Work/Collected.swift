import Synchronization

/// Elements gathered from several threads, in no fixed order.
package final class Collected<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])

  /// Nothing yet.
  package init() {}

  /// Those so far.
  package var elements: [Element] { storage.withLock { $0 } }

  /// Adds one; from any thread.
  package func append(_ element: Element) { storage.withLock { $0.append(element) } }
}
