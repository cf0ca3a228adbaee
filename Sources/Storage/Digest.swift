import Crypto
import Foundation

/// A SHA-256 digest, written as 64 hexadecimal digits.
package struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Lower case, 64 digits.
  package let hex: String

  package init<Bytes: ContiguousBytes>(of bytes: Bytes) {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    hex = Self.text(hasher.finalize())
  }

  /// Nil unless `hex` is 64 lower-case hexadecimal digits.
  package init?(hex: String) {
    guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    self.hex = hex
  }

  /// The digest of a whole file, read in pieces.
  ///
  /// - Throws: `StorageError.missing`, `.unreadable`.
  package init(ofFile path: String) throws {
    let file = try InputFile(path)
    var hasher = SHA256()
    var offset = 0
    while offset < file.byteCount {
      let piece = try file.read(offset: offset, count: min(1 << 20, file.byteCount - offset))
      piece.withUnsafeBytes { hasher.update(bufferPointer: $0) }
      offset += piece.count
    }
    hex = Self.text(hasher.finalize())
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let digest = Digest(hex: text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not a SHA-256 digest: \(text)"))
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  /// The first twelve digits, for messages.
  package var short: String { String(hex.prefix(12)) }

  package var description: String { hex }

  private static func text(_ digest: SHA256.Digest) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
