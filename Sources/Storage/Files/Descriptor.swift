import Foundation

/// A file descriptor that is closed when its owner is destroyed.
package struct Descriptor: ~Copyable, Sendable {
  /// For system calls during the lifetime of this value.
  package let number: Int32

  init(_ number: Int32) { self.number = number }

  /// Opens `path` like `open`, and retries if a signal interrupts it.
  ///
  /// - Returns: nil with `errno` set.
  static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o666) -> Descriptor? {
    opened { Foundation.open(path, flags | O_CLOEXEC, mode) }
  }

  /// Opens `name` in this directory.
  ///
  /// - Returns: nil with `errno` set.
  func open(_ name: FileName, _ flags: Int32) -> Descriptor? {
    Self.opened { name.withCString { openat(number, $0, flags | O_CLOEXEC) } }
  }

  private static func opened(_ call: () -> Int32) -> Descriptor? {
    while true {
      let number = call()
      if number >= 0 { return Descriptor(number) }
      // An interruption is not a failure: the signal is handled at the next safe point.
      if errno != EINTR { return nil }
    }
  }

  /// Status of the open file.
  ///
  /// - Returns: nil with `errno` set.
  var status: stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  /// Flushes the file to the disk.
  ///
  /// - Returns: errno, or 0 on success.
  func flush() -> Int32 {
    while fsync(number) != 0 {
      if errno != EINTR { return errno }
    }
    return 0
  }

  /// Closes the file and reports errors, because network file systems report a full disk only at `close`.
  ///
  /// - Returns: errno, or 0 on success.
  consuming func closeNow() -> Int32 {
    let number = number
    discard self
    // Linux closes the descriptor even on EINTR; a second call could close a file that another thread has opened
    // since.
    return close(number) == 0 || errno == EINTR ? 0 : errno
  }

  deinit { close(number) }
}
