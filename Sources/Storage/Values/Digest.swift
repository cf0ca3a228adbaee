import Dispatch
import Foundation
import Synchronization

/// A SHA-256 digest, written as 64 hexadecimal digits.
package struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Big-endian words of eight bytes. Stored inline, not as an array, so that a million digests take 32 MB.
  private let words: SIMD4<UInt64>

  /// The digest of bytes in memory.
  package init<Bytes: ContiguousBytes>(of bytes: Bytes) {
    var hasher = DigestBuilder()
    hasher.add(bytes)
    self = hasher.digest
  }

  /// A digest from its 32 bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    words = SIMD4(
      (0..<4).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) })
  }

  /// Nil unless `hex` is 64 lower-case hexadecimal digits.
  package init?(hex: String) {
    var words = SIMD4<UInt64>()
    var count = 0
    for digit in hex.utf8 {
      guard count < 64 else { return nil }
      let value: UInt8
      // Lower case only: some digests are compared as text, so there must be one spelling.
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[count / 16] = words[count / 16] << 4 | UInt64(value)
      count += 1
    }
    guard count == 64 else { return nil }
    self.words = words
  }

  /// The digest of a whole file. Reading and hashing overlap, on two threads.
  ///
  /// - Throws: as `InputFile.init`; `StorageError.truncated` if the file shrinks meanwhile, `.outOfMemory`.
  package init(ofFile path: String) throws {
    let file = try InputFile(path)
    let hasher = Mutex(DigestBuilder())
    let failure = Mutex<(any Error)?>(nil)
    let size = max(1, min(1 << 19, file.byteCount))
    // Double buffering, because files may be larger than memory: one task fills a buffer while the other hashes the
    // second. `nonisolated(unsafe)` is safe here: the two tasks of a round use different halves, and each round waits
    // for both.
    nonisolated(unsafe) let pieces = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 2 * size, alignment: 64)
    defer { pieces.deallocate() }
    @Sendable func piece(_ number: Int) -> UnsafeMutableRawBufferPointer {
      let start = number % 2 * size
      return .init(rebasing: pieces[start..<start + max(0, min(size, file.byteCount - number * size))])
    }
    try file.read(into: piece(0), offset: 0)
    for number in 0..<(file.byteCount + size - 1) / size {
      DispatchQueue.concurrentPerform(iterations: 2) { task in
        if task == 0 {
          hasher.withLock { $0.add(UnsafeRawBufferPointer(piece(number))) }
        } else {
          do {
            try file.read(into: piece(number + 1), offset: (number + 1) * size)
          } catch {
            failure.withLock { $0 = error }
          }
        }
      }
      if let failure = failure.withLock({ $0 }) { throw failure }
    }
    self = hasher.withLock { $0.digest }
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

  /// Lower case, 64 digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 64) { buffer in
      for place in 0..<64 {
        let value = UInt8(truncatingIfNeeded: words[place / 16] >> UInt64(60 - place % 16 * 4)) & 15
        buffer[place] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
      }
      return 64
    }
  }

  /// Size of a digest in bytes.
  static let byteCount = 32

  /// The first twelve hexadecimal digits, for messages.
  package var short: String { String(hex.prefix(12)) }

  package var description: String { hex }

  /// The last 32 bits, as a key for random numbers.
  package var low32: UInt32 { UInt32(truncatingIfNeeded: words[3]) }

  /// The 32 bytes.
  var bytes: [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - $0 % 8 * 8)) }
  }
}
