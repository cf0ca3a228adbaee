import Stage
import Storage

/// One thing that an inspection found out about one file or directory.
package struct Finding: Encodable, Sendable {
  package enum Verdict: String, Encodable, Sendable {
    case whole
    /// Its own bytes are not those that the manifest names.
    case damaged
    /// An input is not what it was made from.
    case stale
    /// An input, or a file, is not where it was.
    case missing
  }

  package let path: String
  package let verdict: Verdict
  package let detail: String

  /// For people.
  package static func table(_ findings: [Finding]) -> Table {
    Table(findings.map { [$0.verdict.rawValue, $0.path, $0.detail] }, .left)
  }
}

/// What ends an inspection that found faults.
package struct InspectionFailed: Failure {
  package let first: Finding
  /// How many there are beside it of each verdict: `2 stale`.
  package let others: [String]

  package var kind: FailureKind { .badData }
  package var description: String {
    "\(first.path): \(first.verdict.rawValue): \(first.detail)"
      + (others.isEmpty ? "" : " (and \(others.joined(separator: ", ")))")
  }

  /// - Throws: itself, if any finding is a fault.
  package static func check(_ findings: [Finding]) throws {
    // The worst first: what is missing may be somewhere else, and a stale directory says so to nobody.
    let order: [Finding.Verdict] = [.damaged, .stale, .missing]
    let faults = order.flatMap { verdict in findings.filter { $0.verdict == verdict } }
    guard let first = faults.first else { return }
    let others = order.compactMap { verdict in
      let count = faults.dropFirst().count { $0.verdict == verdict }
      return count > 0 ? "\(count) more \(verdict.rawValue)" : nil
    }
    throw InspectionFailed(first: first, others: others)
  }
}
