/// What an error means to whoever started the program; `Stage` maps it to an exit status of sysexits.
package enum FailureKind: Sendable {
  case usage
  case badData
  case missingInput
  case cannotCreate
  case inputOutput
  case locked
}

/// An error that a user sees: `description` is one line of path, what is wrong, expected and found, and
/// what to do.
package protocol Failure: Error, CustomStringConvertible, Sendable {
  /// Decides the exit status.
  var kind: FailureKind { get }
}
