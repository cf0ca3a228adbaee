import CSystem
import Foundation
import Synchronization

extension FileSystem {
  /// A guarantee that some file systems, such as network ones, do not give; the program works without it.
  package enum WeakerPromise: Hashable, Sendable {
    /// Directories cannot be flushed: after a power failure, a finished file may be missing under its name.
    case unflushedDirectory
  }

  private static let weaker = Mutex<Set<WeakerPromise>>([])

  /// Guarantees that were missing so far in this process; a stage reports them once.
  package static var weakerPromises: Set<WeakerPromise> { weaker.withLock { $0 } }

  /// Flushes the entries of a directory to the disk.
  ///
  /// - Returns: false if the file system cannot; see `weakerPromises`.
  /// - Throws: `StorageError.writeFailed`.
  @discardableResult
  package static func synchronize(directory: String) throws -> Bool {
    let code: Int32
    let operation: String
    // A file's name is stored in its directory: without this flush, a power failure may undo a rename.
    if let descriptor = Descriptor.open(directory, O_RDONLY | O_DIRECTORY) {
      (code, operation) = (descriptor.flush(), "fsync")
    } else {
      (code, operation) = (errno, "open")
    }
    switch code {
    case 0: return true
    // EACCES and EPERM: a directory may be writable but not readable, and then it cannot be opened for fsync.
    case EINVAL, ENOTSUP, EOPNOTSUPP, EBADF, ENOSYS, EACCES, EPERM:
      weaker.withLock { _ = $0.insert(.unflushedDirectory) }
      return false
    default: throw StorageError.writeFailed(path: directory, operation: operation, code: code)
    }
  }

  /// Atomically exchanges two entries of one file system: a reader finds one or the other, always complete.
  ///
  /// - Throws: `StorageError.unsupported` if the file system cannot (nothing has changed then); `.writeFailed`.
  package static func exchange(_ first: String, _ second: String) throws {
    guard dk_exchange(first, second) == 0 else {
      switch errno {
      // EINVAL: the file system lacks the flag. ENOSYS: the kernel lacks the call.
      case EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP:
        throw StorageError.unsupported(path: second, operation: "exchange")
      case let code: throw StorageError.writeFailed(path: second, operation: "exchange", code: code)
      }
    }
    try synchronize(directory: parent(first))
    if parent(first) != parent(second) { try synchronize(directory: parent(second)) }
  }
}
