import Foundation

/// A file that grows by whole entries. A symbolic link is refused, because its target may be the user's file.
package enum AppendedFile {
  /// Appends an entry; a partly written one is cut off again.
  ///
  /// - Parameters:
  ///   - bytes: the entry.
  ///   - path: path of the file, which is created if missing.
  /// - Throws: `StorageError.writeFailed`.
  package static func append(_ bytes: [UInt8], to path: String) throws {
    guard let descriptor = Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW) else {
      throw StorageError.writeFailed(path: path, operation: "open", code: errno)
    }
    let start = lseek(descriptor.number, 0, SEEK_END)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor.number, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = count == 0 ? ENOSPC : errno
        // The rest of a partial entry would run into the next one. `start` is -1 for a pipe, which cannot be cut.
        if start >= 0 { _ = ftruncate(descriptor.number, start) }
        throw StorageError.writeFailed(path: path, operation: "write", code: code)
      }
      written += count
    }
  }

  /// Truncates the file in place, so that a program that has it open (such as `tail -f`) keeps reading the same file.
  ///
  /// - Parameters:
  ///   - path: path of the file.
  ///   - count: number of bytes to keep.
  /// - Throws: `StorageError.writeFailed`.
  package static func cut(_ path: String, to count: Int) throws {
    guard let descriptor = Descriptor.open(path, O_WRONLY | O_NOFOLLOW),
      ftruncate(descriptor.number, off_t(count)) == 0
    else { throw StorageError.writeFailed(path: path, operation: "truncate", code: errno) }
  }
}
