import Foundation
import Storage

/// Use of an output directory, exclusive or with others who make parts of it. The kernel drops it with the process, so no kill leaves it behind.
///
/// A file system without such locks gives none: two runs on one directory then do each other's work, and each file
/// is still whole.
package final class DirectoryLock {
  private let descriptor: Int32

  /// - Parameters:
  ///   - directory: that is locked.
  ///   - isShared: with others who share it.
  /// - Throws: `StageError.locked`; `StorageError.cannotCreate`.
  package init(_ directory: String, isShared: Bool = false) throws {
    // A run that replaces it may exchange the directory for another between our open and our lock; then the
    // lock is on what no longer has the name, and is tried again.
    while true {
      // The directory itself: a lock file would lie among the data, and outlive a kill.
      let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw StorageError.cannotCreate(path: directory, code: errno) }
      do {
        try Self.lock(descriptor, directory, isShared ? LOCK_SH : LOCK_EX)
      } catch {
        close(descriptor)
        throw error
      }
      var locked = stat()
      var named = stat()
      // The same entry still, by device and number: names say nothing after an exchange.
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

  private static func lock(_ descriptor: Int32, _ directory: String, _ operation: Int32) throws {
    while flock(descriptor, operation | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      // Not waited for: the same command twice is a mistake more often than a queue.
      case EWOULDBLOCK: throw StageError.locked(path: directory)
      // Some network file systems have no locks, and some want a descriptor that may write, which no directory has.
      case ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS, EINVAL, EBADF:
        return WeakPromise.note("\(directory): its file system has no locks; keep other runs away from it")
      default: throw StorageError.cannotCreate(path: directory, code: errno)
      }
    }
  }
}
