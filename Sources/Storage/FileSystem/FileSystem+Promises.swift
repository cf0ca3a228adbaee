import CSystem
import Foundation
import Synchronization

extension FileSystem {
  /// What a file system, such as one over a network, does not do, and we do without.
  package enum WeakerPromise: Hashable, Sendable {
    /// A directory cannot be flushed: after a loss of power a finished file may lack its name.
    case unflushedDirectory
  }

  private static let weaker = Mutex<Set<WeakerPromise>>([])

  /// What this process had to do without so far; a stage says so once.
  package static var weakerPromises: Set<WeakerPromise> { weaker.withLock { $0 } }

  /// Flushes the entries of a directory to the disk.
  ///
  /// - Returns: false where the file system cannot; see `weakerPromises`.
  /// - Throws: `StorageError.writeFailed`.
  @discardableResult
  package static func synchronize(directory: String) throws -> Bool {
    let code: Int32
    let operation: String
    // A new name stands in the directory, not in the file: without this a loss of power may undo a rename.
    if let descriptor = Descriptor.open(directory, O_RDONLY | O_DIRECTORY) {
      (code, operation) = (descriptor.flush(), "fsync")
    } else {
      (code, operation) = (errno, "open")
    }
    switch code {
    case 0: return true
    // The last two: one may write in a directory that one may not read, and so not open.
    case EINVAL, ENOTSUP, EOPNOTSUPP, EBADF, ENOSYS, EACCES, EPERM:
      weaker.withLock { _ = $0.insert(.unflushedDirectory) }
      return false
    default: throw StorageError.writeFailed(path: directory, operation: operation, code: code)
    }
  }

  /// Exchanges two entries of one file system in one step, so that a reader finds either whole.
  ///
  /// - Throws: `StorageError.unsupported` where the file system cannot, and nothing has changed; `.writeFailed`.
  package static func exchange(_ first: String, _ second: String) throws {
    guard dk_exchange(first, second) == 0 else {
      switch errno {
      // EINVAL: the file system does not know the flag; ENOSYS: the kernel does not know the call.
      case EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP:
        throw StorageError.unsupported(path: second, operation: "exchange")
      case let code: throw StorageError.writeFailed(path: second, operation: "exchange", code: code)
      }
    }
    try synchronize(directory: parent(first))
    if parent(first) != parent(second) { try synchronize(directory: parent(second)) }
  }
}
