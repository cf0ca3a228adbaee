extension String {
  /// The text made safe for a terminal: control characters, line breaks and characters that change the writing
  /// direction are escaped like `\u{1b}`, because file names and foreign metadata can contain them.
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
    // Tag characters are invisible, so a whole text could be hidden in them.
    case 0xE0000...0xE007F: true
    default:
      switch properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: true
      default: properties.isBidiControl
      }
    }
  }
}
