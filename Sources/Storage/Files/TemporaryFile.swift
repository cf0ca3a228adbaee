import Foundation

/// A file in the making beside the one that it will be; removed with its owner unless it took its place.
final class TemporaryFile {
  /// Bytes of one `write`: some systems take no more than an `Int32` counts.
  private static let piece = 1 << 30

  let path: String
  /// The file that it will be, which messages name.
  private let destination: String
  private var descriptor: Descriptor?
  private let number: Int32

  /// Creates a new file beside `destination`.
  ///
  /// - Throws: `StorageError.cannotCreate`.
  init(for destination: String) throws {
    let directory = FileSystem.parent(destination)
    var code: Int32 = EEXIST
    // A name that is taken is chance, or somebody's plan; either way the next is another.
    for _ in 0..<8 where code == EEXIST {
      let path = FileSystem.join(directory, TemporaryName(for: FileSystem.name(destination)).text)
      if let descriptor = Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW) {
        self.path = path
        self.destination = destination
        number = descriptor.number
        self.descriptor = consume descriptor
        return
      }
      code = errno
    }
    throw StorageError.cannotCreate(path: destination, code: code)
  }

  // After `commit` nobody has this name, as each is drawn anew, and this does nothing.
  deinit { unlink(path) }

  /// - Throws: `StorageError.writeFailed`.
  func write(_ bytes: some Collection<UInt8>) throws {
    // Nil where the bytes do not lie side by side; they are copied then.
    let whole: Void? = try bytes.withContiguousStorageIfAvailable { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(
          number, UnsafeRawPointer(buffer.baseAddress)?.advanced(by: written),
          min(buffer.count - written, Self.piece))
        if count > 0 {
          written += count
        } else if count == 0 || errno != EINTR {
          throw StorageError.writeFailed(
            path: destination, operation: "write", code: count == 0 ? ENOSPC : errno)
        }
      }
    }
    if whole == nil { try write(Array(bytes)) }
  }

  /// Gives the file the rights of another and, where that is allowed, its owner.
  func adopt(_ status: stat) {
    // The owner first: a change of it takes some rights away.
    _ = fchown(number, status.st_uid, status.st_gid)
    // Without set-user-id and its like: those were given to the old content, not to what comes now.
    _ = fchmod(number, status.st_mode & 0o777)
  }

  /// Flushes the file, gives it its name and flushes the directory.
  ///
  /// - Throws: `StorageError.writeFailed`.
  func commit() throws {
    guard let open = descriptor.take() else { preconditionFailure("\(path) is done with") }
    // Before the name: a disk may write that first, and a loss of power would leave an empty file under it.
    let flushed = open.flush()
    guard flushed == 0 else {
      throw StorageError.writeFailed(path: destination, operation: "fsync", code: flushed)
    }
    let closed = open.closeNow()
    guard closed == 0 else {
      throw StorageError.writeFailed(path: destination, operation: "close", code: closed)
    }
    try FileSystem.rename(path, to: destination)
  }
}
