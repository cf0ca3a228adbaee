import Foundation
import Storage

/// A lock on an output directory: exclusive, or shared by processes that make parts of it. The kernel releases it
/// when the process ends, so a killed run leaves no lock behind.
///
/// On a file system without locks, two runs on one directory are not detected: they duplicate work, but every file is
/// still complete.
package final class DirectoryLock {
  private let descriptor: Int32

  /// - Parameters:
  ///   - directory: the directory to lock.
  ///   - isShared: whether other shared locks are allowed at the same time.
  /// - Throws: `StageError.locked`; `StorageError.cannotCreate`.
  package init(_ directory: String, isShared: Bool = false) throws {
    // Another run may exchange the directory between our `open` and our `flock`. The lock is then on a directory that
    // no longer has this path, so it is taken again.
    while true {
      // The directory itself is locked: a lock file would lie among the data and survive a kill.
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
      // Compared by device and inode, because an exchange swaps directories but not paths.
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
      // No waiting: starting the same command twice is more often a mistake than a queue.
      case EWOULDBLOCK: throw StageError.locked(path: directory)
      // Some network file systems have no locks; others need a writable descriptor, which a directory cannot have
      // (EBADF).
      case ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS, EINVAL, EBADF:
        return WeakPromise.note("\(directory): its file system has no locks; keep other runs away from it")
      default: throw StorageError.cannotCreate(path: directory, code: errno)
      }
    }
  }
}
