import Foundation

/// A regular file that is open for reading at any offset.
package final class InputFile: Sendable {
  /// Bytes per `pread`: some systems accept at most `Int32.max`.
  private static let piece = 1 << 30

  /// For messages.
  package let path: String
  /// Size when the file was opened, in bytes.
  package let byteCount: Int
  private let descriptor: Descriptor

  /// - Throws: `StorageError.missing`, `.notAFile`, `.unreadable`.
  package init(_ path: String) throws {
    self.path = path
    // Checked before opening: opening a pipe wakes its writer, and some devices react to being opened.
    guard let found = try FileSystem.type(path) else { throw StorageError.missing(path: path) }
    guard found == .file else { throw StorageError.notAFile(path: path, found: found) }
    // Non-blocking, in case the path has become a pipe since the check.
    guard let descriptor = Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? StorageError.missing(path: path) : .unreadable(path: path, code: code)
    }
    guard let status = descriptor.status else { throw StorageError.unreadable(path: path, code: errno) }
    // Checked again on the open file: the path may have been given to something else since the first check.
    let opened = FileType(mode: status.st_mode)
    guard opened == .file else { throw StorageError.notAFile(path: path, found: opened) }
    byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  /// A file that is already open.
  ///
  /// - Parameters:
  ///   - descriptor: descriptor of a regular file.
  ///   - byteCount: its size in bytes.
  ///   - path: for messages.
  init(_ descriptor: consuming Descriptor, byteCount: Int, path: String) {
    self.path = path
    self.byteCount = byteCount
    self.descriptor = descriptor
  }

  /// Reads exactly `count` bytes from `offset`.
  ///
  /// - Throws: `StorageError.unreadable`, `.outOfMemory`; `.truncated` if the file is too short.
  package func read(offset: Int, count: Int) throws -> [UInt8] {
    try Allocation.bytes(count, path: path) { buffer, initialized in
      try read(into: UnsafeMutableRawBufferPointer(buffer), offset: offset)
      initialized = count
    }
  }

  /// Fills `buffer` with the bytes from `offset`.
  ///
  /// - Throws: `StorageError.unreadable`, `.outOfMemory`; `.truncated` if the file is too short.
  func read(into buffer: UnsafeMutableRawBufferPointer, offset: Int) throws {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor.number, buffer.baseAddress?.advanced(by: done), min(buffer.count - done, Self.piece),
        off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 {
        // End of file: it is shorter than its header claims, or was truncated after it was opened.
        throw StorageError.truncated(path: path, expected: offset + buffer.count, found: offset + done)
      } else if errno != EINTR {
        let code = errno
        throw code == ENOMEM
          ? StorageError.outOfMemory(path: path, bytes: buffer.count) : .unreadable(path: path, code: code)
      }
    }
  }

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - path: path of a regular file.
  ///   - limit: largest accepted size, in bytes.
  /// - Returns: its content.
  /// - Throws: as `init` and `read`; `StorageError.tooLarge`.
  package static func contents(of path: String, limit: Int) throws -> [UInt8] {
    let file = try InputFile(path)
    guard file.byteCount <= limit else {
      throw StorageError.tooLarge(path: path, bytes: file.byteCount, limit: limit)
    }
    return try file.read(offset: 0, count: file.byteCount)
  }
}
