import Stage
import Storage

/// The result of an inspection for one file or directory.
package struct Finding: Encodable, Sendable {
  package enum Verdict: String, Encodable, Sendable {
    case whole
    /// Its bytes differ from the manifest, or cannot be decoded.
    case damaged
    /// An input has changed since.
    case stale
    /// An input or a file is not at its known location.
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

/// The error at the end of an inspection with faults.
package struct InspectionFailed: Failure {
  package let first: Finding
  /// Number of further faults for each verdict, such as `2 more stale`.
  package let others: [String]

  package var kind: FailureKind { .badData }
  package var description: String {
    "\(first.path): \(first.verdict.rawValue): \(first.detail)"
      + (others.isEmpty ? "" : " (and \(others.joined(separator: ", ")))")
  }

  /// Checks findings for faults.
  ///
  /// - Throws: `InspectionFailed` if any finding is a fault.
  package static func check(_ findings: [Finding]) throws {
    // The worst first: damaged bytes are wrong for sure, stale ones are read without notice, missing ones may just have
    // been moved.
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
