import Storage

/// Exit statuses, as in sysexits.h.
package enum ExitStatus {
  /// The exit status for an error; 70 for an internal fault.
  package static func of(_ error: any Error) -> Int32 {
    // The convention of shells for a program that was ended by a signal.
    if case StageError.interrupted(let signal) = error { return 128 + signal }
    // EX_SOFTWARE: an error that is not a `Failure` is a bug in the program.
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
