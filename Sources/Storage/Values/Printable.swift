extension String {
  /// The text as it may reach a terminal: control characters, line breaks and what reverses the order of writing
  /// are shown as `\u{1b}` is, because file names and foreign metadata can hold them.
  package var printable: String {
    guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if scalar.isUnprintable {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}

extension Unicode.Scalar {
  fileprivate var isUnprintable: Bool {
    switch value {
    case 0x20...0x7E: false
    // Tags: they are invisible, and a whole text can be hidden in them.
    case 0xE0000...0xE007F: true
    default:
      switch properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: true
      default: properties.isBidiControl
      }
    }
  }
}
