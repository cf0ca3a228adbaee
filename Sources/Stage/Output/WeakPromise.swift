import Synchronization

/// What a file system cannot promise, gathered while the work goes on and said once.
package enum WeakPromise {
  private static let notes = Mutex<[String]>([])

  /// Remembers `text`, unless it is there already.
  static func note(_ text: String) {
    notes.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// All that was noted, which is then forgotten.
  package static func take() -> [String] {
    notes.withLock { notes in
      defer { notes = [] }
      return notes
    }
  }
}
