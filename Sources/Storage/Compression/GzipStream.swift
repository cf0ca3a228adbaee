import CZlib

/// The content of a gzip file, inflated from the front; at its end all that `gzip -t` checks has been checked.
final class GzipStream {
  /// What a gzip member begins with.
  static let magic: [UInt8] = [0x1F, 0x8B]
  /// Bytes that are read at once.
  private static let piece = 1 << 17

  private let file: InputFile
  /// In one place for its whole life, which zlib relies on.
  private let state: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  /// Of `input`, what was inflated.
  private var consumed = 0
  /// Of the file, what was read.
  private var offset = 0
  private var isBetweenMembers = false

  /// - Throws: `StorageError.outOfMemory`.
  init(_ file: InputFile) throws {
    let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    state.initialize(to: z_stream())
    // 15 bits of window; 16 more: gzip, with its checksum, and nothing else.
    guard inflateInit2_(state, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      state.deallocate()
      throw StorageError.outOfMemory(path: file.path, bytes: 1 << 16)
    }
    // Last, so that `deinit` is for what was made whole.
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
  ///   - count: of bytes.
  ///   - position: of the first of them, for the message if they are not there.
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

  /// Whether nothing is left; then the checksum and the length of every member were right.
  ///
  /// - Throws: `StorageError.malformed`, also where the end of the file is missing; `.unreadable`.
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

  /// - Returns: bytes inflated; fewer than there is room for only at the end of the file.
  private func inflate(into buffer: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
    var done = 0
    while done < buffer.count {
      // At the end of a whole file nothing waits inside zlib: the trailer comes after all output.
      guard try fill() else { break }
      if isBetweenMembers {
        guard try begin() else { break }
      }
      // zlib counts in 32 bits.
      let room = min(buffer.count - done, 1 << 30)
      state.pointee.next_out = buffer.baseAddress?.advanced(by: done)
      state.pointee.avail_out = UInt32(room)
      let result = input.withUnsafeMutableBufferPointer { bytes in
        state.pointee.next_in = bytes.baseAddress?.advanced(by: consumed)
        state.pointee.avail_in = UInt32(bytes.count - consumed)
        return CZlib.inflate(state, Z_NO_FLUSH)
      }
      consumed = input.count - Int(state.pointee.avail_in)
      done += room - Int(state.pointee.avail_out)
      switch result {
      // The latter: it could do nothing without more input.
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: isBetweenMembers = true
      case Z_MEM_ERROR: throw StorageError.outOfMemory(path: file.path, bytes: 1 << 16)
      case Z_NEED_DICT: throw fault("it needs a dictionary")
      default: throw fault(state.pointee.msg.map { String(cString: $0) } ?? "unknown fault")
      }
    }
    return done
  }

  /// Reads on where all that was read is inflated; false at the end of the file.
  private func fill() throws -> Bool {
    guard consumed == input.count else { return true }
    let count = min(Self.piece, file.byteCount - offset)
    guard count > 0 else { return false }
    input = try file.read(offset: offset, count: count)
    offset += count
    consumed = 0
    return true
  }

  /// Begins another member where one follows; zeros to the end are padding, as tapes have it.
  private func begin() throws -> Bool {
    if input[consumed] == 0 {
      repeat {
        guard input[consumed...].allSatisfy({ $0 == 0 }) else { throw fault("garbage after its end") }
        consumed = input.count
      } while try fill()
      return false
    }
    // The second byte is left to zlib: it may lie in the piece that is not read yet.
    guard input[consumed] == Self.magic[0] else { throw fault("garbage after its end") }
    isBetweenMembers = false
    inflateReset(state)
    return true
  }

  private func fault(_ reason: String) -> StorageError {
    .malformed(path: file.path, reason: "damaged gzip data (\(reason))")
  }
}
