import CZstd

/// One zstd frame with content size and checksum: the envelope of every shard and checkpoint.
package enum ZstdFrame {
  /// No shard holds more, in bytes: a larger claim is damage, nothing is allocated for it, and none is written.
  package static let contentLimit = 1 << 30

  /// The like for a checkpoint, which holds a whole net several times over.
  package static let checkpointLimit = 64 << 30

  /// How hard to compress.
  package enum Effort: Int32 {
    // Level 3, the usual one, takes 1.7 times as long and makes larger files of images (0.215 of their size on
    // MNIST, beside 0.213).
    case usual = 1
    /// For what hardly shrinks and does not stay, four times as fast.
    case least = -1
  }

  /// The frame around `content`, the same bytes for the same content.
  ///
  /// - Parameters:
  ///   - content: at most `limit` bytes.
  ///   - path: for messages.
  ///   - effort: how hard to compress.
  ///   - limit: that of who will read it, for content and frame.
  /// - Returns: the frame.
  /// - Throws: `StorageError.contentTooLarge`, `.outOfMemory`, `.malformed` if zstd refuses.
  package static func compress(
    _ content: [UInt8], path: String, effort: Effort = .usual, limit: Int = contentLimit
  ) throws -> [UInt8] {
    guard content.count <= limit else {
      throw StorageError.contentTooLarge(path: path, bytes: content.count, limit: limit)
    }
    // Room for the worst case, so that one call does it all and itself writes the content size.
    let bound = ZSTD_compressBound(content.count)
    guard let context = ZSTD_createCCtx() else {
      throw StorageError.outOfMemory(path: path, bytes: bound)
    }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, effort.rawValue)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let frame = try Allocation.bytes(bound, path: path) { buffer, initialized in
      let count = ZSTD_compress2(context, buffer.baseAddress, bound, content, content.count)
      guard ZSTD_isError(count) == 0 else {
        throw isOutOfMemory(count)
          ? StorageError.outOfMemory(path: path, bytes: bound)
          : .malformed(path: path, reason: "zstd: \(name(count))")
      }
      initialized = count
    }
    // What does not shrink grows a little, and readers look at the size of the file first.
    guard frame.count <= limit else {
      throw StorageError.contentTooLarge(path: path, bytes: frame.count, limit: limit)
    }
    return frame
  }

  /// The content of `frame`, which must be exactly one frame with size and checksum.
  ///
  /// - Parameters:
  ///   - frame: the bytes of the whole file.
  ///   - path: for messages.
  ///   - limit: most bytes of content that are believed.
  /// - Returns: the content.
  /// - Throws: `StorageError.damagedFrame`, `.wrongFormat`, `.tooLarge`, `.outOfMemory`.
  package static func decompress(_ frame: [UInt8], path: String, limit: Int = contentLimit) throws -> [UInt8]
  {
    let size = try contentSize(frame, path: path, limit: limit)
    // A second frame behind the first, or a skippable one, would be bytes that nobody reads.
    let extent = ZSTD_findFrameCompressedSize(frame, frame.count)
    try check(extent, path: path, bytes: size)
    guard extent == frame.count else {
      throw StorageError.damagedFrame(
        path: path, reason: "expected one zstd frame of \(extent) bytes, found \(frame.count) bytes")
    }
    return try Allocation.bytes(size, path: path) { buffer, initialized in
      let count = ZSTD_decompress(buffer.baseAddress, size, frame, frame.count)
      try check(count, path: path, bytes: size)
      guard count == size else {
        throw StorageError.damagedFrame(
          path: path, reason: "zstd frame: expected \(size) bytes of content, found \(count)")
      }
      initialized = count
    }
  }

  /// Bytes of content that the header of `frame` promises.
  ///
  /// - Parameters:
  ///   - frame: its first bytes, or all.
  ///   - path: for messages.
  ///   - limit: most bytes that are believed.
  /// - Returns: the promise.
  /// - Throws: `StorageError.damagedFrame`, `.wrongFormat`, `.tooLarge`.
  package static func contentSize(_ frame: [UInt8], path: String, limit: Int = contentLimit) throws -> Int {
    let size = ZSTD_getFrameContentSize(frame, frame.count)
    // ZSTD_CONTENTSIZE_ERROR and _UNKNOWN are macros that Swift cannot import: -2 and -1.
    guard size < UInt64.max - 1 else {
      if let found = FileSignature(frame), found != .zstd {
        throw StorageError.wrongFormat(path: path, expected: .zstd, found: found)
      }
      throw StorageError.damagedFrame(path: path, reason: "not a zstd frame with a content size")
    }
    // Before anything is allocated: a few bytes can promise exabytes.
    guard size <= UInt64(limit) else {
      throw StorageError.tooLarge(path: path, bytes: Int(clamping: size), limit: limit)
    }
    // Bit 2 of the frame header descriptor (RFC 8878, section 3.1.1.1.1).
    guard frame.count > 4, frame[4] & 0b100 != 0 else {
      throw StorageError.damagedFrame(path: path, reason: "zstd frame without a checksum")
    }
    return Int(size)
  }

  private static func check(_ code: Int, path: String, bytes: Int) throws {
    guard ZSTD_isError(code) == 0 else {
      throw isOutOfMemory(code)
        ? StorageError.outOfMemory(path: path, bytes: bytes)
        : .damagedFrame(path: path, reason: "zstd frame: \(name(code))")
    }
  }

  /// Which says nothing of the data.
  private static func isOutOfMemory(_ code: Int) -> Bool {
    ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation
  }

  private static func name(_ code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }
}
