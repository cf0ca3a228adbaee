import Storage

/// Errors in parameters. They use the names of parameters in manifests; the programs translate them into options.
package enum ParameterError: Failure, Equatable {
  case wrongValue(parameter: String, expected: String, found: String)
  /// `parameter` is required and missing.
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
