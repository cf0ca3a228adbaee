import Storage

/// One thing that an inspection found out about one file or directory.
package struct Finding: Encodable, Sendable {
  /// How it stands.
  package enum Verdict: String, Encodable, Sendable {
    case whole
    /// Its own bytes are not those that the manifest names.
    case damaged
    /// An input is not what it was made from.
    case stale
    /// An input, or a file, is not where it was.
    case missing
  }

  /// Of the file or directory.
  package let path: String
  /// Only `whole` is no fault.
  package let verdict: Verdict
  /// Expected and found, or what it holds.
  package let detail: String
}

/// What ends an inspection that found faults.
package struct InspectionFailed: Failure {
  /// Faults in all.
  package let count: Int
  /// The one that is named.
  package let first: Finding

  package var kind: FailureKind { .badData }
  package var description: String {
    "\(first.path): \(first.verdict.rawValue): \(first.detail)"
      + (count > 1 ? " (and \(count - 1) more)" : "")
  }

  /// - Throws: itself, if any finding is a fault.
  package static func check(_ findings: [Finding]) throws {
    let faults = findings.filter { $0.verdict != .whole }
    if let first = faults.first { throw InspectionFailed(count: faults.count, first: first) }
  }
}
