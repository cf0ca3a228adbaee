import CSystem
import Foundation

/// A pipe, device or socket open for writing. No call blocks for ever: `whileWaiting` is called regularly and may
/// throw.
final class DirectFile {
  /// Milliseconds between two calls of `whileWaiting`.
  private static let patience: Int32 = 50
  /// Bytes per `write`, small enough that a signal is noticed soon.
  private static let piece = 1 << 20

  private let path: String
  private let descriptor: Descriptor
  private let whileWaiting: () throws -> Void

  /// Opens `path`, and waits until a named pipe has a reader.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.unreadable`; errors of `whileWaiting`.
  init(_ path: String, whileWaiting: @escaping () throws -> Void) throws {
    self.path = path
    self.whileWaiting = whileWaiting
    while true {
      // Non-blocking, because opening a pipe without a reader would block for ever.
      if let descriptor = Descriptor.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY) {
        self.descriptor = descriptor
        return
      }
      let code = errno
      // ENXIO for a pipe: no reader yet. For a device or socket it is final.
      guard code == ENXIO, try FileSystem.type(path) == .pipe else {
        throw StorageError.cannotCreate(path: path, code: code)
      }
      // A reader may never come, so a signal has to be able to end this loop.
      try whileWaiting()
      poll(nil, 0, Self.patience)
    }
  }

  /// Duplicates a descriptor that is already open, such as the standard output; the original stays open.
  ///
  /// - Throws: `StorageError.cannotCreate`.
  init(_ path: String, copyOf number: Int32, whileWaiting: @escaping () throws -> Void) throws {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw StorageError.cannotCreate(path: path, code: errno) }
    self.path = path
    self.whileWaiting = whileWaiting
    descriptor = Descriptor(copy)
  }

  /// - Throws: `StorageError.writeFailed`; errors of `whileWaiting`.
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
          // The pipe is full. Wait with a short timeout, because its reader may have stopped for good.
          var event = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
          poll(&event, 1, Self.patience)
        } else if count == 0 || code != EINTR {
          // A device that accepts 0 bytes without an error would be retried for ever, so it counts as full.
          throw StorageError.writeFailed(
            path: path, operation: "write", code: count == 0 ? ENOSPC : code)
        }
      }
    }
  }
}
