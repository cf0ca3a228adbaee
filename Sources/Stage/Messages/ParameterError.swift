import Storage

/// What can be wrong with what a user asked for, by the names that parameters have in manifests: how a user spells them is
/// for the programs to say.
package enum ParameterError: Failure, Equatable {
  case wrongValue(parameter: String, expected: String, found: String)
  /// `parameter` is needed and not there.
  case missing(parameter: String, expected: String)

  package var kind: FailureKind { .usage }

  package var description: String {
    switch self {
    case .wrongValue(let parameter, let expected, let found):
      "\(parameter): expected \(expected), found \(found)"
    case .missing(let parameter, let expected): "\(parameter): expected \(expected), found none"
    }
  }
}
