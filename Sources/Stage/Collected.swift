import Synchronization

/// Elements gathered from several threads, in no fixed order.
package final class Collected<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])

  package init() {}

  package var elements: [Element] { storage.withLock { $0 } }

  package func append(_ element: Element) { storage.withLock { $0.append(element) } }
}
