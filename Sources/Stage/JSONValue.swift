import Foundation
import Storage

/// A parameter or a result in a manifest. Whole numbers and floating-point numbers are one kind, so that
/// `1` and `1.0` are the same parameter.
package enum JSONValue: Hashable, Sendable, Codable, CustomStringConvertible {
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .number(let value):
      // Beyond 2^53 a Double no longer tells whole numbers apart.
      if value == value.rounded(), abs(value) < 0x1p53 {
        try container.encode(Int(value))
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }

  package var description: String {
    (try? CanonicalJSON.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "?"
  }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .number(Double(value)) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }

  package init(_ value: Bool) { self = .bool(value) }
  package init(_ value: Int) { self = .number(Double(value)) }
  package init(_ value: Double) { self = .number(value) }
  package init(_ value: String) { self = .string(value) }
  package init(_ values: [Int]) { self = .array(values.map { .number(Double($0)) }) }
  package init(_ values: [Double]) { self = .array(values.map { .number($0) }) }
}

/// JSON of which the same value always has the same bytes: keys sorted.
package enum CanonicalJSON {
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return Array(try encoder.encode(value)) + (pretty ? [UInt8(ascii: "\n")] : [])
  }

  /// The digest of the canonical bytes of `value`.
  package static func digest(of value: some Encodable) throws -> Digest {
    Digest(of: try encode(value))
  }
}
