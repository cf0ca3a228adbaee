import Stage
import Storage

/// Errors of the command line, for the options of all programs.
package enum OptionError: Failure, Equatable {
  case wrongValue(option: String, expected: String, found: String)
  /// `option` was not given although it is needed, or it lacks what it needs.
  case missing(option: String, expected: String)
  /// Several options were given that exclude each other, or none although one is needed.
  case expectedOne(of: [String])
  /// The message of the command-line parser.
  case unreadable(String)

  /// The error of a parameter as an error of its option; names in capitals are positional arguments.
  package init(_ error: ParameterError) {
    func option(_ parameter: String) -> String {
      parameter == parameter.uppercased() ? parameter : "--\(parameter)"
    }
    switch error {
    case .wrongValue(let parameter, let expected, let found):
      self = .wrongValue(option: option(parameter), expected: expected, found: found)
    case .missing(let parameter, let expected):
      self = .missing(option: option(parameter), expected: expected)
    }
  }

  package var kind: FailureKind { .usage }

  package var description: String {
    switch self {
    case .wrongValue(let option, let expected, let found): "\(option): expected \(expected), found \(found)"
    case .missing(let option, let expected): "\(option): expected \(expected), found none; see --help"
    case .expectedOne(let options): "expected one of \(options.joined(separator: ", ")); see --help"
    case .unreadable(let text): "\(text); see --help"
    }
  }
}
