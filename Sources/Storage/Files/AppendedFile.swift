import Foundation

/// A file that grows by whole entries; no link is followed, what it leads to is not ours.
package enum AppendedFile {
  /// Appends an entry, all of it or nothing.
  ///
  /// - Parameters:
  ///   - bytes: of the entry.
  ///   - path: of a file, made where there is none.
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
        // Half an entry would be glued to the next.
        if start >= 0 { _ = ftruncate(descriptor.number, start) }
        throw StorageError.writeFailed(path: path, operation: "write", code: code)
      }
      written += count
    }
  }

  /// Cuts what is behind a position: the file stays the same for who reads it.
  ///
  /// - Parameters:
  ///   - path: of a file.
  ///   - count: bytes that stay.
  /// - Throws: `StorageError.writeFailed`.
  package static func cut(_ path: String, to count: Int) throws {
    guard let descriptor = Descriptor.open(path, O_WRONLY | O_NOFOLLOW),
      ftruncate(descriptor.number, off_t(count)) == 0
    else { throw StorageError.writeFailed(path: path, operation: "truncate", code: errno) }
  }
}
