import Foundation

/// A temporary file beside its destination. It is removed with its owner unless `commit` has moved it into place.
final class TemporaryFile {
  /// Bytes per `write`: some systems accept at most `Int32.max`.
  private static let piece = 1 << 30

  let path: String
  /// The final path, used in messages.
  private let destination: String
  private var descriptor: Descriptor?
  private let number: Int32

  /// Creates a new file beside `destination`.
  ///
  /// - Throws: `StorageError.cannotCreate`.
  init(for destination: String) throws {
    let directory = FileSystem.parent(destination)
    var code: Int32 = EEXIST
    // An existing name is a coincidence or an attack; every attempt draws a new random one.
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

  // After `commit` the name no longer exists, and since names are random, nobody else has it: then this does nothing.
  deinit { unlink(path) }

  /// - Throws: `StorageError.writeFailed`.
  func write(_ bytes: some Collection<UInt8>) throws {
    // Nil if the collection is not contiguous in memory; then it is copied.
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

  /// Gives the file the permissions of another file and, if allowed, its owner.
  func adopt(_ status: stat) {
    // The owner first, because changing it clears some permission bits.
    _ = fchown(number, status.st_uid, status.st_gid)
    // Without the set-user-id, set-group-id and sticky bits: they were granted to the old content.
    _ = fchmod(number, status.st_mode & 0o777)
  }

  /// Flushes the file, renames it to its destination and flushes the directory.
  ///
  /// - Throws: `StorageError.writeFailed`.
  func commit() throws {
    guard let open = descriptor.take() else { preconditionFailure("\(path) is done with") }
    // Flush before the rename: otherwise the disk may write the name first, and a power failure leaves an empty file.
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
