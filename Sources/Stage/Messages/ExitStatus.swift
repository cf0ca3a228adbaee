import Storage

/// Exit statuses, as in sysexits.h.
package enum ExitStatus {
  /// The status for an error; 70 for one that should not be.
  package static func of(_ error: any Error) -> Int32 {
    // As a shell says it of a program that a signal ended.
    if case StageError.interrupted(let signal) = error { return 128 + signal }
    // EX_SOFTWARE: an error that is none of ours is a fault of ours.
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
