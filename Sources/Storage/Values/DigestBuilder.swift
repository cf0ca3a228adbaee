import Foundation

#if canImport(CryptoKit)
  import CryptoKit
#else
  import CDigest
#endif

/// Makes the digest of several pieces, one after the other. A value: a copy goes on by itself.
package struct DigestBuilder {
  #if canImport(CryptoKit)
    private var state = SHA256()
  #else
    private var state = dk_sha256_make()
  #endif

  /// Nothing added yet.
  package init() {}

  /// The next bytes, as they are: where they end is not marked.
  package mutating func add(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { add($0) }
  }

  /// The bytes of a text with their number before them, so that no two sequences of texts are one.
  package mutating func add(text: String) {
    var text = text
    text.withUTF8 { utf8 in
      withUnsafeBytes(of: UInt64(utf8.count).littleEndian) { add($0) }
      add(UnsafeRawBufferPointer(utf8))
    }
  }

  /// The 32 bytes of another digest.
  package mutating func add(_ digest: Digest) { add(digest.bytes) }

  /// Of all that was added; more may follow.
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
