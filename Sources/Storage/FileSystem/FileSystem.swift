import Foundation

/// File-system operations that the stages need, with errors as `StorageError`.
package enum FileSystem {
  /// Coarse type of a path's target: everything but a directory counts as a file.
  package enum Kind { case file, directory }

  /// Type of the entry at `path`, following links; nil if there is none.
  ///
  /// - Throws: `StorageError.unreadable` if the type is unknown (missing permissions, circular links, a broken disk),
  ///   which must not be mistaken for a missing file.
  package static func type(_ path: String) throws -> FileType? {
    try status(path).map { FileType(mode: $0.st_mode) }
  }

  /// Whether `path` is a symbolic link, dangling or not.
  ///
  /// - Throws: `StorageError.unreadable`.
  package static func isLink(_ path: String) throws -> Bool {
    try status(path, followingLinks: false).map { FileType(mode: $0.st_mode) } == .link
  }

  /// Like `type`, but nil on errors: for hints, and where an unreadable entry may count as missing.
  package static func kind(_ path: String) -> Kind? {
    guard let type = try? type(path) else { return nil }
    return type == .directory ? .directory : .file
  }

  /// Size of the regular file at `path`, in bytes; nil if there is none.
  package static func size(_ path: String) -> Int? {
    guard let status = try? status(path), FileType(mode: status.st_mode) == .file else { return nil }
    return Int(status.st_size)
  }

  /// Free space for this user, in bytes, on the file system of `path` or its nearest existing ancestor; nil if
  /// unknown.
  package static func freeBytes(near path: String) -> Int? {
    var place = absolute(path)
    while kind(place) == nil, parent(place) != place { place = parent(place) }
    var status = statvfs()
    guard statvfs(place, &status) == 0 else { return nil }
    // `f_bavail`, because `f_bfree` includes blocks reserved for root. The product is checked, because some FUSE file
    // systems report sizes that overflow.
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : Int(clamping: bytes)
  }

  /// Creates `path` and its missing ancestors.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.notADirectory`, `.unreadable`; `.writeFailed` if the parent cannot be
  ///   flushed.
  package static func createDirectory(_ path: String) throws {
    do {
      switch try type(path) {
      case .directory: return
      case nil: break
      case .some(let found): throw StorageError.notADirectory(path: path, found: found)
      }
    } catch StorageError.unreadable(_, let code) {
      // The user asked for an output, so the error is about creating, not about reading.
      throw StorageError.cannotCreate(path: path, code: code)
    }
    let above = parent(path)
    // The root is its own parent.
    if above != path { try createDirectory(above) }
    guard mkdir(path, 0o777) == 0 else {
      let code = errno
      // Another run may have created it meanwhile. A dangling link also gives EEXIST, but is no directory.
      if code == EEXIST, try type(path) == .directory { return }
      throw StorageError.cannotCreate(path: path, code: code)
    }
    try synchronize(directory: above)
  }

  /// Creates the directory `path` below the existing `directory`, with missing directories between. Links below
  /// `directory` are refused, so that nothing is created outside.
  ///
  /// - Throws: `StorageError.linkInTheWay`; as `createDirectory(_:)`.
  package static func createDirectory(_ path: String, below directory: String) throws {
    var place = directory
    for step in path.split(separator: "/") where step != "." {
      place = join(place, String(step))
      // Paths from manifests are checked when they are read. Checked again here, because `..` would leave the
      // directory.
      guard step != ".." else { throw StorageError.cannotCreate(path: place, code: EINVAL) }
      if try isLink(place) { throw StorageError.linkInTheWay(path: place) }
      try createDirectory(place)
    }
  }

  /// Opens a directory and refuses a symbolic link to one.
  ///
  /// - Throws: `StorageError.linkInTheWay`, `.missing`, `.expectedDirectory`, `.unreadable`.
  package static func openDirectoryNoFollow(_ path: String) throws -> Descriptor {
    // With a trailing slash, the system would follow the link in spite of O_NOFOLLOW.
    let name = trimmingSlashes(path)
    if let descriptor = Descriptor.open(
      name.isEmpty ? path : String(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    {
      return descriptor
    }
    let code = errno
    // The error code for a link differs between systems, so the path is examined again.
    if try isLink(name.isEmpty ? path : String(name)) { throw StorageError.linkInTheWay(path: path) }
    throw try cannotOpenDirectory(path, code: code)
  }

  /// Renames within one file system and makes the change durable.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package static func rename(_ source: String, to destination: String) throws {
    guard Foundation.rename(source, destination) == 0 else {
      throw StorageError.writeFailed(path: destination, operation: "rename", code: errno)
    }
    try synchronize(directory: parent(destination))
  }

  /// The error for a directory that could not be opened with `code`.
  static func cannotOpenDirectory(_ path: String, code: Int32) throws -> StorageError {
    switch code {
    case ENOENT: return .missing(path: path)
    case ENOTDIR:
      // ENOTDIR can also mean a parent that is not a directory; then `path` itself does not exist.
      guard let found = try type(path) else { return .missing(path: path) }
      return .expectedDirectory(path: path, found: found)
    default: return .unreadable(path: path, code: code)
    }
  }

  /// - Throws: `StorageError.unreadable`.
  static func status(_ path: String, followingLinks: Bool = true) throws -> stat? {
    var status = stat()
    while (followingLinks ? stat(path, &status) : lstat(path, &status)) != 0 {
      switch errno {
      // On some network file systems, a signal can interrupt even `stat`.
      case EINTR: continue
      case ENOENT, ENOTDIR: return nil
      case let code: throw StorageError.unreadable(path: path, code: code)
      }
    }
    return status
  }
}
