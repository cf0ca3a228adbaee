import Storage

/// Exit statuses, as in sysexits.h.
package enum ExitStatus {
  /// The status for an error; 70 for one that should not be.
  package static func of(_ error: any Error) -> Int32 {
    if case StageError.interrupted(let signal) = error { return 128 + signal }
    guard let failure = error as? any Failure else { return 70 }
    return switch failure.kind {
    case .usage: 64
    case .badData: 65
    case .missingInput: 66
    case .cannotCreate: 73
    case .inputOutput: 74
    case .locked: 75
    }
  }
}
