import Foundation

#if canImport(CryptoKit)
  import CryptoKit
#else
  import CDigest
#endif

/// Computes the digest of several pieces in sequence. A value type: a copy continues independently.
package struct DigestBuilder {
  #if canImport(CryptoKit)
    private var state = SHA256()
  #else
    private var state = dk_sha256_make()
  #endif

  /// The digest of nothing so far.
  package init() {}

  /// Adds bytes without marking where they end: adding [1, 2] equals adding [1], then [2].
  package mutating func add(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { add($0) }
  }

  /// Adds a text, prefixed with its length, so that different sequences of texts have different digests.
  package mutating func add(text: String) {
    var text = text
    text.withUTF8 { utf8 in
      withUnsafeBytes(of: UInt64(utf8.count).littleEndian) { add($0) }
      add(UnsafeRawBufferPointer(utf8))
    }
  }

  /// Adds the 32 bytes of another digest.
  package mutating func add(_ digest: Digest) { add(digest.bytes) }

  /// The digest of everything added so far; more may be added.
  package var digest: Digest {
    #if canImport(CryptoKit)
      state.finalize().withUnsafeBytes { Digest($0) }
    #else
      withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { bytes in
        withUnsafePointer(to: state) { dk_sha256_digest($0, bytes.baseAddress) }
        return Digest(UnsafeRawBufferPointer(bytes))
      }
    #endif
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    #if canImport(CryptoKit)
      state.update(bufferPointer: bytes)
    #else
      dk_sha256_add(&state, bytes.baseAddress, bytes.count)
    #endif
  }
}
