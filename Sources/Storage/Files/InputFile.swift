import Foundation

/// A regular file open for reading at any offset.
package final class InputFile: Sendable {
  /// Bytes of one `pread`: some systems take no more than an `Int32` counts.
  private static let piece = 1 << 30

  /// For messages.
  package let path: String
  /// Size when it was opened.
  package let byteCount: Int
  private let descriptor: Descriptor

  /// - Throws: `StorageError.missing`, `.notAFile`, `.unreadable`.
  package init(_ path: String) throws {
    self.path = path
    // Looked at before it is opened: opening a pipe wakes its writer, and some devices act on it.
    guard let found = try FileSystem.type(path) else { throw StorageError.missing(path: path) }
    guard found == .file else { throw StorageError.notAFile(path: path, found: found) }
    // Without waiting, should it have become a pipe since.
    guard let descriptor = Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? StorageError.missing(path: path) : .unreadable(path: path, code: code)
    }
    guard let status = descriptor.status else { throw StorageError.unreadable(path: path, code: errno) }
    // Asked again, of what is open now: the name may have been given to another thing after the look.
    let opened = FileType(mode: status.st_mode)
    guard opened == .file else { throw StorageError.notAFile(path: path, found: opened) }
    byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  /// What is open already.
  ///
  /// - Parameters:
  ///   - descriptor: of a regular file.
  ///   - byteCount: its size.
  ///   - path: for messages.
  init(_ descriptor: consuming Descriptor, byteCount: Int, path: String) {
    self.path = path
    self.byteCount = byteCount
    self.descriptor = descriptor
  }

  /// Exactly `count` bytes from `offset`.
  ///
  /// - Throws: `StorageError.unreadable`, `.outOfMemory`, `.truncated` if the file ends before.
  package func read(offset: Int, count: Int) throws -> [UInt8] {
    try Allocation.bytes(count, path: path) { buffer, initialized in
      try read(into: UnsafeMutableRawBufferPointer(buffer), offset: offset)
      initialized = count
    }
  }

  /// Fills `buffer` with the bytes from `offset`.
  ///
  /// - Throws: `StorageError.unreadable`, `.truncated` if the file ends before.
  func read(into buffer: UnsafeMutableRawBufferPointer, offset: Int) throws {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor.number, buffer.baseAddress?.advanced(by: done), min(buffer.count - done, Self.piece),
        off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 {
        // Somebody has cut it since it was opened.
        throw StorageError.truncated(path: path, expected: offset + buffer.count, found: offset + done)
      } else if errno != EINTR {
        let code = errno
        throw code == ENOMEM
          ? StorageError.outOfMemory(path: path, bytes: buffer.count) : .unreadable(path: path, code: code)
      }
    }
  }

  /// The whole file at `path`.
  ///
  /// - Parameters:
  ///   - path: of a regular file.
  ///   - limit: largest size that is read, in bytes.
  /// - Returns: its bytes.
  /// - Throws: as `init` and `read`; `StorageError.tooLarge`.
  package static func contents(of path: String, limit: Int) throws -> [UInt8] {
    let file = try InputFile(path)
    guard file.byteCount <= limit else {
      throw StorageError.tooLarge(path: path, bytes: file.byteCount, limit: limit)
    }
    return try file.read(offset: 0, count: file.byteCount)
  }
}
