import Synchronization

/// Collects notes about guarantees that a file system lacks, to be shown once at the end.
package enum WeakPromise {
  private static let notes = Mutex<[String]>([])

  /// Adds `text`, unless it is noted already.
  static func note(_ text: String) {
    notes.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// Returns all notes and clears them.
  package static func take() -> [String] {
    notes.withLock { notes in
      defer { notes = [] }
      return notes
    }
  }
}
