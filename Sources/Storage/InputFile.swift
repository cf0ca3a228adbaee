import Foundation

/// A regular file open for reading at any offset.
package final class InputFile: Sendable {
  package let path: String
  /// Size when it was opened.
  package let byteCount: Int
  private let descriptor: Int32

  /// - Throws: `StorageError.missing`, `.notAFile`, `.unreadable`.
  package init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR
        ? StorageError.missing(path: path) : .unreadable(path: path, code: errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw StorageError.unreadable(path: path, code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw StorageError.notAFile(path: path)
    }
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Exactly `count` bytes from `offset`.
  ///
  /// - Throws: `StorageError.unreadable`, `.truncated` if the file ends before.
  package func read(offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let got = pread(
          descriptor, UnsafeMutableRawPointer(buffer.baseAddress)?.advanced(by: initialized),
          count - initialized, off_t(offset + initialized))
        if got > 0 {
          initialized += got
        } else if got == 0 {
          throw StorageError.truncated(path: path, expected: offset + count, found: offset + initialized)
        } else if errno != EINTR {
          throw StorageError.unreadable(path: path, code: errno)
        }
      }
    }
  }

  /// The whole file at `path`.
  ///
  /// - Parameter limit: largest size that is read, in bytes.
  /// - Throws: as `init` and `read`; `StorageError.tooLarge`.
  package static func contents(of path: String, limit: Int) throws -> [UInt8] {
    let file = try InputFile(path)
    guard file.byteCount <= limit else {
      throw StorageError.tooLarge(path: path, bytes: file.byteCount, limit: limit)
    }
    return try file.read(offset: 0, count: file.byteCount)
  }
}
