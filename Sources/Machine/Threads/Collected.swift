import Synchronization

/// Elements collected from several threads. Their order depends on timing, so callers sort or count them.
package final class Collected<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])

  /// An empty collection.
  package init() {}

  /// The elements so far.
  package var elements: [Element] { storage.withLock { $0 } }

  /// Adds an element; callable from any thread.
  package func append(_ element: Element) { storage.withLock { $0.append(element) } }
}
