/// A pull parser for JSON: it builds no tree, so a manifest with a million shards needs only the memory of what the
/// caller keeps.
///
/// Stricter than Foundation's decoder, which accepts duplicate keys and rounds large integers: a duplicate key, text
/// that is not UTF-8 and content after the end are faults.
package struct JSONReader {
  /// Deepest nesting of arrays and objects; deeper input could overflow the stack.
  private static let depthLimit = 64

  private let bytes: [UInt8]
  private var position: Int
  private var depth = 0

  /// - Parameters:
  ///   - bytes: the text in UTF-8.
  ///   - start: offset of the first byte to read.
  package init(_ bytes: [UInt8], from start: Int = 0) {
    self.bytes = bytes
    position = start
  }

  /// Type of the next value.
  package enum Kind: Equatable { case bool, number, string, array, object }

  /// - Throws: `JSONFault` if no value begins here.
  package mutating func kind() throws -> Kind {
    skipBlanks()
    switch peek {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw fault("expected a value")
    }
  }

  /// Reads an object; `body` reads the value of each key.
  ///
  /// - Throws: `JSONFault`; errors of `body`.
  package mutating func object(_ body: (_ key: String, _ reader: inout JSONReader) throws -> Void) throws {
    var seen = KeySet()
    try enter("{")
    if try leaves("}") { return }
    repeat {
      let start = position
      let key = try string()
      // Parsers differ in which duplicate they use, so the same bytes could mean two things.
      guard seen.insert(key) else {
        throw JSONFault(offset: start, reason: "the key '\(key)' occurs twice")
      }
      try expect(":")
      try body(key, &self)
    } while try goesOn("}")
  }

  /// Reads an array; `body` reads each element.
  ///
  /// - Throws: `JSONFault`; errors of `body`.
  package mutating func array(_ body: (_ reader: inout JSONReader) throws -> Void) throws {
    try enter("[")
    if try leaves("]") { return }
    repeat { try body(&self) } while try goesOn("]")
  }

  /// - Throws: `JSONFault`.
  package mutating func string() throws -> String {
    skipBlanks()
    guard peek == UInt8(ascii: "\"") else { throw fault("expected a string") }
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\")
    {
      guard bytes[position] >= 0x20 else { throw fault("a control character in a string") }
      position += 1
    }
    guard peek == UInt8(ascii: "\"") else { return try escapedString(from: start) }
    defer { position += 1 }
    return try text(bytes[start..<position], at: start)
  }

  /// A whole number that fits `Int`. `2.0` counts as one, but with a fraction or exponent only up to 2^53.
  ///
  /// - Throws: `JSONFault`.
  package mutating func integer() throws -> Int {
    let start = position
    guard case .integer(let value) = try number() else {
      throw JSONFault(offset: start, reason: "expected a whole number")
    }
    return value
  }

  /// - Throws: `JSONFault`.
  package mutating func bool() throws -> Bool {
    skipBlanks()
    for (word, value) in [("true", true), ("false", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw fault("expected true or false")
  }

  /// Any value.
  ///
  /// - Throws: `JSONFault`.
  package mutating func value() throws -> JSONValue {
    switch try kind() {
    case .bool: return .bool(try bool())
    case .number: return try number()
    case .string: return .string(try string())
    case .array:
      var values: [JSONValue] = []
      try array { values.append(try $0.value()) }
      return .array(values)
    case .object:
      var values: [String: JSONValue] = [:]
      try object { values[$0] = try $1.value() }
      return .object(values)
    }
  }

  /// Expects only white space up to the end.
  ///
  /// - Throws: `JSONFault`.
  package mutating func end() throws {
    skipBlanks()
    guard position == bytes.count else { throw fault("expected the end of the text") }
  }

  private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private func fault(_ reason: String) -> JSONFault { JSONFault(offset: position, reason: reason) }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    skipBlanks()
    guard peek == UInt8(ascii: character), position < bytes.count else {
      throw fault("expected '\(character)'")
    }
    position += 1
  }

  private mutating func enter(_ opening: Unicode.Scalar) throws {
    try expect(opening)
    depth += 1
    guard depth <= Self.depthLimit else { throw fault("more than \(Self.depthLimit) levels") }
  }

  /// Consumes the closing bracket, if it is next; returns whether it was.
  private mutating func leaves(_ closing: Unicode.Scalar) throws -> Bool {
    skipBlanks()
    guard peek == UInt8(ascii: closing) else { return false }
    position += 1
    depth -= 1
    return true
  }

  /// Consumes a comma or the closing bracket; returns whether another element follows.
  private mutating func goesOn(_ closing: Unicode.Scalar) throws -> Bool {
    if try leaves(closing) { return false }
    try expect(",")
    return true
  }

  private func text(_ slice: some Collection<UInt8>, at start: Int) throws -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw JSONFault(offset: start, reason: "a string that is not UTF-8")
    }
    return text
  }
}

// MARK: Escapes and numbers

extension JSONReader {
  /// Slow path for a string with escapes; `position` is at the first one.
  private mutating func escapedString(from start: Int) throws -> String {
    var units = Array(bytes[start..<position])
    while true {
      guard position < bytes.count else { throw fault("a string without an end") }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(units, at: start)
      case UInt8(ascii: "\\"): try units.append(contentsOf: escape())
      case 0..<0x20: throw fault("a control character in a string")
      default: units.append(byte)
      }
    }
  }

  private mutating func escape() throws -> [UInt8] {
    let letter = peek
    position += 1
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    if let byte = simple[letter] { return [byte] }
    guard letter == UInt8(ascii: "u") else { throw fault("an unknown escape") }
    var code = try hexadecimal()
    // A character beyond 16 bits is written as a surrogate pair.
    if (0xD800..<0xDC00).contains(code) {
      guard bytes[position...].starts(with: "\\u".utf8) else { throw fault("half a character") }
      position += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw fault("half a character") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    // `Unicode.Scalar` refuses a low surrogate without its high one.
    guard let scalar = Unicode.Scalar(code) else { throw fault("half a character") }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = bytes[position..<min(bytes.count, position + 4)]
    // Each digit is checked, because `UInt32(_:radix:)` also accepts a sign.
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("expected four hexadecimal digits") }
    position += 4
    return value
  }

  private mutating func number() throws -> JSONValue {
    skipBlanks()
    return try JSONNumber.read(bytes, at: &position)
  }
}
