import CSystem
import Foundation

/// What is no regular file, open for writing: a pipe, a device, a socket. It is never waited for without end.
final class DirectFile {
  /// Milliseconds between two looks at whether the user has had enough.
  private static let patience: Int32 = 50
  /// Bytes of one `write`, so that the looks come often.
  private static let piece = 1 << 20

  private let path: String
  private let descriptor: Descriptor
  private let whileWaiting: () throws -> Void

  /// Opens `path`; a named pipe when it has a reader.
  ///
  /// - Throws: `StorageError.cannotCreate`; what `whileWaiting` throws.
  init(_ path: String, whileWaiting: @escaping () throws -> Void) throws {
    self.path = path
    self.whileWaiting = whileWaiting
    while true {
      // Without waiting, because a pipe that nobody reads would hold us for ever.
      if let descriptor = Descriptor.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY) {
        self.descriptor = descriptor
        return
      }
      let code = errno
      // ENXIO of a pipe: nobody reads yet. Of a device or a socket it is final.
      guard code == ENXIO, try FileSystem.type(path) == .pipe else {
        throw StorageError.cannotCreate(path: path, code: code)
      }
      // Nobody has come yet, and perhaps nobody will: a signal has to end this.
      try whileWaiting()
      poll(nil, 0, Self.patience)
    }
  }

  /// Takes a file that is open already, such as the standard output; it stays open for others.
  ///
  /// - Throws: `StorageError.cannotCreate`.
  init(_ path: String, copyOf number: Int32, whileWaiting: @escaping () throws -> Void) throws {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw StorageError.cannotCreate(path: path, code: errno) }
    self.path = path
    self.whileWaiting = whileWaiting
    descriptor = Descriptor(copy)
  }

  /// - Throws: `StorageError.writeFailed`; what `whileWaiting` throws.
  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = dk_write_quietly(
          descriptor.number, buffer.baseAddress?.advanced(by: written),
          min(buffer.count - written, Self.piece))
        let code = errno
        if count > 0 {
          written += count
        } else if count < 0, code == EAGAIN {
          try whileWaiting()
          // The pipe is full. Short waits in a row, because its reader may have stopped for good.
          var event = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
          poll(&event, 1, Self.patience)
        } else if count == 0 || code != EINTR {
          // A device that takes nothing and names no error would be asked for ever: it counts as full.
          throw StorageError.writeFailed(
            path: path, operation: "write", code: count == 0 ? ENOSPC : code)
        }
      }
    }
  }
}
