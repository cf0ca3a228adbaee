import Foundation

/// Files that appear whole or not at all.
package enum AtomicFile {
  /// Ends the names of files that are being written; a reader ignores them, a later run removes them.
  package static let temporarySuffix = ".tmp"

  /// Writes `bytes` beside `path`, flushes them, renames them to `path` and flushes the directory, so a
  /// reader never sees half a file and a crash leaves the old one.
  ///
  /// - Throws: `StorageError.cannotCreate` if the file cannot be made, `.writeFailed` after that.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = path + ".\(getpid())" + temporarySuffix
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw StorageError.cannotCreate(path: path, code: errno) }
    do {
      try write(bytes, descriptor: descriptor, path: path)
    } catch {
      unlink(temporary)
      throw error
    }
    do {
      try FileSystem.rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Removes what killed runs left in `directory`.
  ///
  /// - Throws: `StorageError.missing`, `.unreadable`, `.writeFailed`.
  package static func removeTemporaries(in directory: String) throws {
    for name in try FileSystem.list(directory) where name.hasSuffix(temporarySuffix) {
      try FileSystem.remove(FileSystem.join(directory, name))
    }
  }

  private static func write(_ bytes: [UInt8], descriptor: Int32, path: String) throws {
    var open = true
    defer { if open { close(descriptor) } }
    try bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count > 0 {
          written += count
        } else if count == 0 || errno != EINTR {
          throw StorageError.writeFailed(path: path, operation: "write", code: count == 0 ? ENOSPC : errno)
        }
      }
    }
    guard fsync(descriptor) == 0 else {
      throw StorageError.writeFailed(path: path, operation: "fsync", code: errno)
    }
    open = false
    // Network file systems report a full disk only here.
    guard close(descriptor) == 0 else {
      throw StorageError.writeFailed(path: path, operation: "close", code: errno)
    }
  }
}
