import Foundation

/// Where a result goes that the user gave a path for.
enum OutputTarget {
  /// A regular file, links followed, and what is there now; nil where nothing is.
  case replace(String, stat?)
  /// Open already, under this number, as `/dev/stdout` is.
  case descriptor(Int32)
  /// What is no regular file: opened and written to.
  case direct

  /// - Throws: `StorageError.notAFile`, `.missingParent`, `.cannotCreate`, `.unreadable`.
  init(_ path: String) throws {
    // Else it would be the working directory.
    guard !path.isEmpty else { throw StorageError.cannotCreate(path: path, code: ENOENT) }
    let resolved = try ResolvedPath(path)
    // Before the file is looked at: `/dev/stdout` may be a regular file that the shell has opened, and others
    // write to as well, which nobody may replace.
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
    // The slash asks for a directory.
    case nil where path.hasSuffix("/"): throw StorageError.cannotCreate(path: path, code: EISDIR)
    case nil, .file:
      if status != nil { try Self.demand(access(path, W_OK), path) }
      let above = FileSystem.parent(resolved.path)
      guard let type = try FileSystem.type(above) else {
        throw StorageError.missingParent(path: path, parent: above)
      }
      guard type == .directory else { throw StorageError.notADirectory(path: above, found: type) }
      // The file is made anew beside the old one.
      try Self.demand(access(above, W_OK | X_OK), path)
      self = .replace(resolved.path, status)
    case .some(let found): throw StorageError.notAFile(path: path, found: found)
    }
  }

  private static func demand(_ result: Int32, _ path: String) throws {
    if result != 0 { throw StorageError.cannotCreate(path: path, code: errno) }
  }
}
