import CZstd

/// One zstd frame with content size and checksum: the container of every shard and checkpoint.
package enum ZstdFrame {
  /// Largest content of a shard, in bytes. None larger is written; a larger size in a header means a damaged file,
  /// and no memory is allocated for it.
  package static let contentLimit = 1 << 30

  /// Largest content of a checkpoint, which holds several copies of a net (weights, moments, averages), in bytes.
  package static let checkpointLimit = 64 << 30

  /// Compression level.
  package enum Effort: Int32 {
    // Level 3, zstd's default, takes 1.7 times as long and compresses images worse: MNIST to 0.215 of its size, level
    // 1 to 0.213.
    case usual = 1
    /// Four times as fast; for short-lived data that hardly compresses.
    case least = -1
  }

  /// Compresses `content`; equal content gives equal bytes.
  ///
  /// - Parameters:
  ///   - content: at most `limit` bytes.
  ///   - path: for messages.
  ///   - effort: compression level.
  ///   - limit: the reader's limit for both content and frame, in bytes.
  /// - Returns: the frame.
  /// - Throws: `StorageError.contentTooLarge`, `.outOfMemory`; `.malformed` if zstd fails.
  package static func compress(
    _ content: [UInt8], path: String, effort: Effort = .usual, limit: Int = contentLimit
  ) throws -> [UInt8] {
    guard content.count <= limit else {
      throw StorageError.contentTooLarge(path: path, bytes: content.count, limit: limit)
    }
    // With room for the worst case, a single call compresses everything, and zstd writes the content size itself.
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
    // Incompressible content grows slightly, and readers apply the limit to the file before they decompress it.
    guard frame.count <= limit else {
      throw StorageError.contentTooLarge(path: path, bytes: frame.count, limit: limit)
    }
    return frame
  }

  /// The content of `frame`, which must be exactly one frame with size and checksum.
  ///
  /// - Parameters:
  ///   - frame: the whole file.
  ///   - path: for messages.
  ///   - limit: largest accepted content, in bytes.
  /// - Returns: the content.
  /// - Throws: `StorageError.damagedFrame`, `.wrongFormat`, `.tooLarge`, `.outOfMemory`.
  package static func decompress(_ frame: [UInt8], path: String, limit: Int = contentLimit) throws -> [UInt8]
  {
    let size = try contentSize(frame, path: path, limit: limit)
    // A second frame, or a skippable one, would be ignored by the decompression below: bytes that no check covers.
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

  /// Content size stated in the header of `frame`.
  ///
  /// - Parameters:
  ///   - frame: at least the frame header.
  ///   - path: for messages.
  ///   - limit: largest accepted size, in bytes.
  /// - Returns: the stated size in bytes, which the content need not have.
  /// - Throws: `StorageError.damagedFrame`, `.wrongFormat`, `.tooLarge`.
  package static func contentSize(_ frame: [UInt8], path: String, limit: Int = contentLimit) throws -> Int {
    let size = ZSTD_getFrameContentSize(frame, frame.count)
    // ZSTD_CONTENTSIZE_ERROR (-2) and ZSTD_CONTENTSIZE_UNKNOWN (-1) are macros that Swift cannot import.
    guard size < UInt64.max - 1 else {
      if let found = FileSignature(frame), found != .zstd {
        throw StorageError.wrongFormat(path: path, expected: .zstd, found: found)
      }
      throw StorageError.damagedFrame(path: path, reason: "not a zstd frame with a content size")
    }
    // Checked before any allocation: a header of a few bytes can claim exabytes.
    guard size <= UInt64(limit) else {
      throw StorageError.tooLarge(path: path, bytes: Int(clamping: size), limit: limit)
    }
    // Bit 2 of the frame header descriptor, Content_Checksum_flag (RFC 8878, section 3.1.1.1.1).
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

  /// Told apart from damage, because running out of memory says nothing about the data.
  private static func isOutOfMemory(_ code: Int) -> Bool {
    ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation
  }

  private static func name(_ code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }
}
