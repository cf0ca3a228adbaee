import Foundation

/// Encodes JSON deterministically: equal values give equal bytes, with sorted keys and the shortest number spelling.
///
/// Foundation's encoder is not used, because these bytes are hashed: they must not change with a library release, and
/// a manifest with a million shards has to be encoded in seconds.
package enum CanonicalJSON {
  /// Compact, on one line.
  package static func encode(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return bytes
  }

  /// Appends `value`, compact.
  package static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
    switch value {
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value):
      // JSON has no NaN or infinity. No result should be either, but a string at least keeps the file readable.
      if value.isFinite { bytes += value.description.utf8 } else { append(value.description, to: &bytes) }
    case .string(let value): append(value, to: &bytes)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let values):
      bytes.append(UInt8(ascii: "{"))
      // Swift compares strings by normalised Unicode scalars, not by locale, so the order is the same on every
      // machine.
      for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Appends `text` as a JSON string.
  package static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      // JSON does not require 0x7F (DEL) to be escaped, but a terminal that shows the file would interpret it.
      case 0..<0x20, 0x7F: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// JSON by Foundation's encoder, for reports that are never hashed: keys sorted, with `pretty` on several lines.
  ///
  /// - Throws: `EncodingError` for values that JSON cannot represent.
  package static func report(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return Array(try encoder.encode(value)) + (pretty ? [UInt8(ascii: "\n")] : [])
  }
}
