import CZstd

/// One zstd frame with content size and checksum: the envelope of every shard and checkpoint.
package enum ZstdFrame {
  /// No frame of ours holds more, so a larger claim is damage and nothing is allocated for it.
  package static let contentLimit = 1 << 30

  /// How hard to compress.
  package enum Effort: Int32 {
    // Level 3, the usual one, takes 1.7 times as long and makes larger files of images (0.215 of their size on
    // MNIST, beside 0.213).
    case usual = 1
    /// For what hardly shrinks and does not stay, four times as fast.
    case least = -1
  }

  /// - Throws: `StorageError.malformed` if zstd refuses, for example for want of memory.
  package static func compress(_ content: [UInt8], path: String, effort: Effort = .usual) throws -> [UInt8] {
    guard let context = ZSTD_createCCtx() else {
      throw StorageError.malformed(path: path, reason: "zstd: out of memory")
    }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, effort.rawValue)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let bound = ZSTD_compressBound(content.count)
    return try [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
      let count = ZSTD_compress2(context, buffer.baseAddress, bound, content, content.count)
      guard ZSTD_isError(count) == 0 else {
        throw StorageError.malformed(path: path, reason: "zstd: \(String(cString: ZSTD_getErrorName(count)))")
      }
      initialized = count
    }
  }

  /// The content of `frame`, which must be exactly one frame with size and checksum.
  ///
  /// - Throws: `StorageError.damagedFrame`, `.tooLarge`.
  package static func decompress(_ frame: [UInt8], path: String) throws -> [UInt8] {
    let size = try contentSize(frame, path: path)
    let extent = ZSTD_findFrameCompressedSize(frame, frame.count)
    try check(extent, path: path)
    guard extent == frame.count else {
      throw StorageError.damagedFrame(
        path: path, reason: "expected one zstd frame of \(extent) bytes, found \(frame.count) bytes")
    }
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let count = ZSTD_decompress(buffer.baseAddress, size, frame, frame.count)
      try check(count, path: path)
      guard count == size else {
        throw StorageError.damagedFrame(
          path: path, reason: "zstd frame: expected \(size) bytes of content, found \(count)")
      }
      initialized = count
    }
  }

  /// Bytes of content that the header of `frame` promises.
  ///
  /// - Throws: `StorageError.damagedFrame`, `.tooLarge`.
  package static func contentSize(_ frame: [UInt8], path: String) throws -> Int {
    let size = ZSTD_getFrameContentSize(frame, frame.count)
    // ZSTD_CONTENTSIZE_ERROR and _UNKNOWN are macros that Swift cannot import: -2 and -1.
    guard size < UInt64.max - 1 else {
      throw StorageError.damagedFrame(path: path, reason: "not a zstd frame with a content size")
    }
    guard size <= UInt64(contentLimit) else {
      throw StorageError.tooLarge(path: path, bytes: Int(clamping: size), limit: contentLimit)
    }
    // Bit 2 of the frame header descriptor (RFC 8878, section 3.1.1.1.1).
    guard frame.count > 4, frame[4] & 0b100 != 0 else {
      throw StorageError.damagedFrame(path: path, reason: "zstd frame without a checksum")
    }
    return Int(size)
  }

  private static func check(_ code: Int, path: String) throws {
    guard ZSTD_isError(code) == 0 else {
      throw StorageError.damagedFrame(
        path: path, reason: "zstd frame: \(String(cString: ZSTD_getErrorName(code)))")
    }
  }
}
