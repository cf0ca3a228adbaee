import Foundation
import Storage

/// Exclusive use of an output directory. The kernel drops it with the process, so no kill leaves it behind.
package final class DirectoryLock {
  private let descriptor: Int32

  /// - Throws: `StageError.locked`; `StorageError.cannotCreate`.
  package init(_ directory: String) throws {
    // A run with --force may exchange the directory for another between our open and our lock; then the
    // lock is on what no longer has the name, and is tried again.
    while true {
      let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw StorageError.cannotCreate(path: directory, code: errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        throw code == EWOULDBLOCK
          ? StageError.locked(path: directory) : StorageError.cannotCreate(path: directory, code: code)
      }
      var locked = stat()
      var named = stat()
      if fstat(descriptor, &locked) == 0, stat(directory, &named) == 0, locked.st_ino == named.st_ino,
        locked.st_dev == named.st_dev
      {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }
}
