import Foundation

/// Files of `/proc` and `/sys`, in which the kernel describes itself and this process.
enum KernelFile {
  /// The text of a file; nil if it cannot be read. Invalid UTF-8 becomes replacement characters.
  static func text(_ path: String) -> String? {
    // The kernel reports length 0 for these files, so they are read to their end.
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The number in a file, 0 or more; nil for any other text, such as `max`.
  static func number(_ path: String) -> Int? { text(path).flatMap(number(in:)) }

  /// The number in a text, 0 or more; nil for any other text.
  static func number(in text: some StringProtocol) -> Int? {
    Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Values by name from lines `NAME VALUE` or `NAME: VALUE UNIT`; empty if the file cannot be read.
  static func fields(_ path: String) -> [String: Int] {
    var found: [String: Int] = [:]
    for line in (text(path) ?? "").split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: { $0.isWhitespace || $0 == ":" })
      // Lines of another form, such as lists, hold nothing that is needed.
      if words.count > 1, let value = number(in: words[1]) { found[String(words[0])] = value }
    }
    return found
  }
}
