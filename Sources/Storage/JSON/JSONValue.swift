/// A JSON value, such as a parameter or result in a manifest. Whole numbers are always `.integer`, so that `1` and
/// `1.0` are the same parameter, and exact, so that different seeds stay different.
package enum JSONValue: Hashable, Sendable, CustomStringConvertible {
  case bool(Bool)
  case integer(Int)
  /// Never a whole number up to 2^53 in magnitude: those are `.integer`.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Compact canonical JSON.
  package var description: String {
    String(decoding: CanonicalJSON.encode(self), as: UTF8.self)
  }

  /// The number as a Double; nil for another type.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The whole number; nil for another type.
  package var int: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The elements; nil for another type.
  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The string; nil for another type.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self.init(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }

  /// A truth value.
  package init(_ value: Bool) { self = .bool(value) }
  /// A whole number.
  package init(_ value: Int) { self = .integer(value) }
  /// A number; a whole one up to 2^53 is `.integer`.
  package init(_ value: Double) {
    // Beyond 2^53, neighbouring whole numbers round to the same Double, so none of them is exact.
    if value == value.rounded(), abs(value) <= 0x1p53 {
      self = .integer(Int(value))
    } else {
      self = .number(value)
    }
  }
  /// A text.
  package init(_ value: String) { self = .string(value) }
  /// 64 hexadecimal digits.
  package init(_ digest: Digest) { self = .string(digest.hex) }
  /// An array of whole numbers.
  package init(_ values: [Int]) { self = .array(values.map { .integer($0) }) }
  /// An array of numbers.
  package init(_ values: [Double]) { self = .array(values.map { .init($0) }) }
  /// An array of texts.
  package init(_ values: [String]) { self = .array(values.map { .string($0) }) }
}

extension JSONValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}

extension JSONValue: Decodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self.init(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}
