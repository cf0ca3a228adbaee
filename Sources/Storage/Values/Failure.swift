/// Category of an error, which `Stage` maps to an exit status of sysexits.h.
package enum FailureKind: Sendable {
  case usage
  case badData
  case missingInput
  case cannotCreate
  case inputOutput
  case locked
}

/// An error for the user. `description` is one line: the path, the fault, expected and found values, and advice.
package protocol Failure: Error, CustomStringConvertible, Sendable {
  /// Determines the exit status.
  var kind: FailureKind { get }
}
