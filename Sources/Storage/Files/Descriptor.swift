import Foundation

/// A file descriptor, closed with its owner.
package struct Descriptor: ~Copyable, Sendable {
  /// For system calls while this value lives.
  package let number: Int32

  init(_ number: Int32) { self.number = number }

  /// Opens `path`, as `open` does, again where a signal came between.
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
      // A signal is no failure of the call: the next safe point acts on it.
      if errno != EINTR { return nil }
    }
  }

  /// What the system knows of the open file.
  ///
  /// - Returns: nil with `errno` set.
  var status: stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  /// Writes to the disk what was written to the file.
  ///
  /// - Returns: the error, 0 if there is none.
  func flush() -> Int32 {
    while fsync(number) != 0 {
      if errno != EINTR { return errno }
    }
    return 0
  }

  /// Closes now, because network file systems report a full disk only here.
  ///
  /// - Returns: the error, 0 if there is none.
  consuming func closeNow() -> Int32 {
    let number = number
    discard self
    // After EINTR it is closed as well; another call might close a file of another thread.
    return close(number) == 0 || errno == EINTR ? 0 : errno
  }

  deinit { close(number) }
}
