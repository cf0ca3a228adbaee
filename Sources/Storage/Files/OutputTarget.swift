import Foundation

/// How the path of a result is written: by replacement or directly.
enum OutputTarget {
  /// A regular file: its path with links resolved, and the status of the present file; nil if there is none.
  case replace(String, stat?)
  /// A descriptor that is already open, as for `/dev/stdout`.
  case descriptor(Int32)
  /// A pipe or device: opened and written to.
  case direct

  /// - Throws: `StorageError.notAFile`, `.missingParent`, `.notADirectory`, `.cannotCreate`, `.unreadable`.
  init(_ path: String) throws {
    // An empty path would resolve to the working directory.
    guard !path.isEmpty else { throw StorageError.cannotCreate(path: path, code: ENOENT) }
    let resolved = try ResolvedPath(path)
    // Before the type of the file is checked: `/dev/stdout` may be a regular file that the shell has opened and that
    // other processes write to as well, so it must not be replaced.
    if let number = resolved.descriptor {
      let flags = fcntl(number, F_GETFL)
      guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
        throw StorageError.cannotCreate(path: path, code: EBADF)
      }
      self = .descriptor(number)
      return
    }
    let status = try FileSystem.status(path)
    switch status.map({ FileType(mode: $0.st_mode) }) {
    case .pipe, .characterDevice:
      try Self.demand(access(path, W_OK), path)
      self = .direct
    // A trailing slash means a directory.
    case nil where path.hasSuffix("/"): throw StorageError.cannotCreate(path: path, code: EISDIR)
    case nil, .file:
      if status != nil { try Self.demand(access(path, W_OK), path) }
      let above = FileSystem.parent(resolved.path)
      guard let type = try FileSystem.type(above) else {
        throw StorageError.missingParent(path: path, parent: above)
      }
      guard type == .directory else { throw StorageError.notADirectory(path: above, found: type) }
      // The new file is created beside the old one, so the directory must be writable too.
      try Self.demand(access(above, W_OK | X_OK), path)
      self = .replace(resolved.path, status)
    case .some(let found): throw StorageError.notAFile(path: path, found: found)
    }
  }

  private static func demand(_ result: Int32, _ path: String) throws {
    if result != 0 { throw StorageError.cannotCreate(path: path, code: errno) }
  }
}
