import Foundation

/// Files in which the kernel tells about itself and about this process.
enum KernelFile {
  /// The text of a file; nil if it cannot be read. Bytes that are no UTF-8 come out as replacement characters.
  static func text(_ path: String) -> String? {
    // Such files claim to be empty, so they are read to their end and not to their length.
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The number that a file holds, 0 or more; nil for any other text, such as `max`.
  static func number(_ path: String) -> Int? { text(path).flatMap(number(in:)) }

  /// The number that a text holds, 0 or more.
  static func number(in text: some StringProtocol) -> Int? {
    Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The lines `NAME VALUE` or `NAME: VALUE UNIT` of a file, by name; of a file that cannot be read, none.
  static func fields(_ path: String) -> [String: Int] {
    var found: [String: Int] = [:]
    for line in (text(path) ?? "").split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: { $0.isWhitespace || $0 == ":" })
      if words.count > 1, let value = number(in: words[1]) { found[String(words[0])] = value }
    }
    return found
  }
}
