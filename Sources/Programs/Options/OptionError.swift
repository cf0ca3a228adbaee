import Stage
import Storage

/// What can be wrong with a command line: one error for every option of every program.
package enum OptionError: Failure, Equatable {
  case wrongValue(option: String, expected: String, found: String)
  /// `option` asks for something that is not there.
  case missing(option: String, expected: String)
  /// Options that exclude each other, or none of those of which one is needed.
  case expectedOne(of: [String])
  /// What the parser of the command line says.
  case unreadable(String)

  /// A parameter as the option that sets it; positional arguments are spelled in capitals.
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
