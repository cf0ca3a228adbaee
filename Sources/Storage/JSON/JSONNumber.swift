/// A number by the grammar of RFC 8259, which is stricter than `Double.init`.
enum JSONNumber {
  /// Reads the number at `position` and advances `position` behind it.
  ///
  /// - Throws: `JSONFault`.
  static func read(_ bytes: [UInt8], at position: inout Int) throws -> JSONValue {
    let start = position
    func peek(_ position: Int) -> UInt8 { position < bytes.count ? bytes[position] : 0 }
    func skipDigits() throws {
      let first = position
      while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(peek(position)) { position += 1 }
      guard position > first else { throw JSONFault(offset: position, reason: "expected a digit") }
    }
    if peek(position) == UInt8(ascii: "-") { position += 1 }
    let first = position
    try skipDigits()
    // A leading 0 is ambiguous: some readers take 010 for eight, others for ten.
    guard bytes[first] != UInt8(ascii: "0") || position == first + 1 else {
      throw JSONFault(offset: start, reason: "a number that begins with 0")
    }
    var isWhole = true
    if peek(position) == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
      isWhole = false
    }
    if peek(position) == UInt8(ascii: "e") || peek(position) == UInt8(ascii: "E") {
      position += 1
      if peek(position) == UInt8(ascii: "+") || peek(position) == UInt8(ascii: "-") { position += 1 }
      try skipDigits()
      isWhole = false
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // A whole number too large for Int becomes a Double, which `integer()` refuses: no seed is silently rounded.
    if isWhole, let value = Int(text) { return .integer(value) }
    // 1e999 conforms to the grammar, but is infinite as a Double.
    guard let value = Double(text), value.isFinite else {
      throw JSONFault(offset: start, reason: "a number that is too large")
    }
    return JSONValue(value)
  }
}
