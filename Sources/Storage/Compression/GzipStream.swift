import CZlib

/// Inflates a gzip file from the start. A reader that reaches the end has made the same checks as `gzip -t`.
final class GzipStream {
  /// First two bytes of every gzip member.
  static let magic: [UInt8] = [0x1F, 0x8B]
  /// Compressed bytes per read.
  private static let piece = 1 << 17

  private let file: InputFile
  /// On the heap at a fixed address: zlib keeps a pointer back to its `z_stream` and refuses one that has moved.
  private let state: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  /// Bytes of `input` that were inflated.
  private var consumed = 0
  /// Bytes of the file that were read.
  private var offset = 0
  private var isBetweenMembers = false

  /// - Throws: `StorageError.outOfMemory`.
  init(_ file: InputFile) throws {
    let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    state.initialize(to: z_stream())
    // 31 = 15 bits of window + 16 for "gzip format only, verify its checksum" (zlib.h, inflateInit2).
    guard inflateInit2_(state, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      state.deallocate()
      throw StorageError.outOfMemory(path: file.path, bytes: 1 << 16)
    }
    // Stored last: `deinit` runs only for a complete object, so it never ends an uninitialised stream.
    self.file = file
    self.state = state
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
  }

  /// Exactly the next `count` bytes.
  ///
  /// - Parameters:
  ///   - count: number of bytes.
  ///   - position: offset of the first byte in the inflated content, for the error message.
  /// - Returns: the bytes.
  /// - Throws: `StorageError.truncated`, `.malformed` for damaged gzip data, `.unreadable`, `.outOfMemory`.
  func read(_ count: Int, position: Int) throws -> [UInt8] {
    try Allocation.bytes(count, path: file.path) { buffer, initialized in
      let got = try inflate(into: buffer)
      guard got == count else {
        throw StorageError.truncated(path: file.path, expected: position + count, found: position + got)
      }
      initialized = count
    }
  }

  /// Whether all content was read. If true, the checksum and length of every member were correct.
  ///
  /// - Throws: `StorageError.malformed`, also for a file without its trailer; `.unreadable`, `.truncated`,
  ///   `.outOfMemory`.
  func isAtEnd() throws -> Bool {
    var extra: UInt8 = 0
    let more = try withUnsafeMutablePointer(to: &extra) {
      try inflate(into: UnsafeMutableBufferPointer(start: $0, count: 1))
    }
    guard more == 0 else { return false }
    guard isBetweenMembers else {
      throw fault("cut off: the last bytes, with the checksum, are missing")
    }
    return true
  }

  /// - Returns: number of bytes inflated; less than `buffer.count` only at the end of the file.
  private func inflate(into buffer: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
    var done = 0
    while done < buffer.count {
      // No input left means no output left either: zlib consumes a member's trailer only after all its output.
      guard try fill() else { break }
      if isBetweenMembers {
        guard try begin() else { break }
      }
      // zlib's `avail_out` is a UInt32.
      let room = min(buffer.count - done, 1 << 30)
      state.pointee.next_out = buffer.baseAddress?.advanced(by: done)
      state.pointee.avail_out = UInt32(room)
      let result = input.withUnsafeMutableBufferPointer { bytes in
        // Set anew in each round, because the array's address is valid in this closure only.
        state.pointee.next_in = bytes.baseAddress?.advanced(by: consumed)
        state.pointee.avail_in = UInt32(bytes.count - consumed)
        return CZlib.inflate(state, Z_NO_FLUSH)
      }
      consumed = input.count - Int(state.pointee.avail_in)
      done += room - Int(state.pointee.avail_out)
      switch result {
      // Z_BUF_ERROR is not a fault: zlib needs more input before it can go on.
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: isBetweenMembers = true
      case Z_MEM_ERROR: throw StorageError.outOfMemory(path: file.path, bytes: 1 << 16)
      case Z_NEED_DICT: throw fault("it needs a dictionary")
      default: throw fault(state.pointee.msg.map { String(cString: $0) } ?? "unknown fault")
      }
    }
    return done
  }

  /// Reads the next piece once `input` is used up; false at the end of the file.
  private func fill() throws -> Bool {
    guard consumed == input.count else { return true }
    let count = min(Self.piece, file.byteCount - offset)
    guard count > 0 else { return false }
    input = try file.read(offset: offset, count: count)
    offset += count
    consumed = 0
    return true
  }

  /// Starts the next member, if there is one. Zeros up to the end of the file are padding, as `gzip` also accepts.
  private func begin() throws -> Bool {
    if input[consumed] == 0 {
      repeat {
        guard input[consumed...].allSatisfy({ $0 == 0 }) else { throw fault("garbage after its end") }
        consumed = input.count
      } while try fill()
      return false
    }
    // zlib checks the second magic byte: it may lie in the next piece, which is not read yet.
    guard input[consumed] == Self.magic[0] else { throw fault("garbage after its end") }
    isBetweenMembers = false
    inflateReset(state)
    return true
  }

  private func fault(_ reason: String) -> StorageError {
    .malformed(path: file.path, reason: "damaged gzip data (\(reason))")
  }
}
