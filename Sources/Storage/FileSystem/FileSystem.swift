import Foundation

/// The few operations on directories that the stages need, with our errors.
package enum FileSystem {
  /// What a path leads to, links followed; what is no directory counts as a file.
  package enum Kind { case file, directory }

  /// What stands at `path`, following links; nil if nothing does.
  ///
  /// - Throws: `StorageError.unreadable` where it cannot be told, for want of rights, in a circle of links or on
  ///   a broken disk: that is not "nothing".
  package static func type(_ path: String) throws -> FileType? {
    try status(path).map { FileType(mode: $0.st_mode) }
  }

  /// Whether what stands at `path` is a symbolic link, wherever it leads.
  ///
  /// - Throws: `StorageError.unreadable`.
  package static func isLink(_ path: String) throws -> Bool {
    try status(path, followingLinks: false).map { FileType(mode: $0.st_mode) } == .link
  }

  /// As `type`, for where words or a wish hang on it; what cannot be told is nil.
  package static func kind(_ path: String) -> Kind? {
    guard let type = try? type(path) else { return nil }
    return type == .directory ? .directory : .file
  }

  /// Bytes in the regular file at `path`; nil if there is none.
  package static func size(_ path: String) -> Int? {
    guard let status = try? status(path), FileType(mode: status.st_mode) == .file else { return nil }
    return Int(status.st_size)
  }

  /// Bytes that may still be written on the file system that holds `path` or its nearest ancestor.
  package static func freeBytes(near path: String) -> Int? {
    var place = absolute(path)
    while kind(place) == nil, parent(place) != place { place = parent(place) }
    var status = statvfs()
    guard statvfs(place, &status) == 0 else { return nil }
    // Not `f_bfree`, which counts what is kept for the superuser.
    // Some file systems in user space report more than a number holds.
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : Int(clamping: bytes)
  }

  /// Creates `path` and its missing ancestors.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.notADirectory`.
  package static func createDirectory(_ path: String) throws {
    do {
      switch try type(path) {
      case .directory: return
      case nil: break
      case .some(let found): throw StorageError.notADirectory(path: path, found: found)
      }
    } catch StorageError.unreadable(_, let code) {
      // The user asked for an output, and hears of that.
      throw StorageError.cannotCreate(path: path, code: code)
    }
    let above = parent(path)
    // The root is its own parent.
    if above != path { try createDirectory(above) }
    guard mkdir(path, 0o777) == 0 else {
      let code = errno
      // Another run may have made it; a link that leads nowhere is there as well, and is none.
      if code == EEXIST, try type(path) == .directory { return }
      throw StorageError.cannotCreate(path: path, code: code)
    }
    try synchronize(directory: above)
  }

  /// Creates the directory `path` below `directory`, which must be there, with what is missing between; no link
  /// is followed there, so that nothing is made outside.
  ///
  /// - Throws: `StorageError.linkInTheWay`, `.notADirectory`, `.cannotCreate`.
  package static func createDirectory(_ path: String, below directory: String) throws {
    var place = directory
    for step in path.split(separator: "/") where step != "." {
      place = join(place, String(step))
      // Checked where paths are read; here it would be a way out of the directory.
      guard step != ".." else { throw StorageError.cannotCreate(path: place, code: EINVAL) }
      if try isLink(place) { throw StorageError.linkInTheWay(path: place) }
      try createDirectory(place)
    }
  }

  /// Opens a directory that is to be no link, to work in it by `Descriptor`.
  ///
  /// - Throws: `StorageError.linkInTheWay`, `.missing`, `.expectedDirectory`, `.unreadable`.
  package static func openDirectoryNoFollow(_ path: String) throws -> Descriptor {
    // A slash at the end would have the link followed.
    let name = trimmingSlashes(path)
    if let descriptor = Descriptor.open(
      name.isEmpty ? path : String(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    {
      return descriptor
    }
    let code = errno
    // Systems differ in what they say of a link, so it is looked at again.
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

  /// Why a directory could not be opened.
  static func cannotOpenDirectory(_ path: String, code: Int32) throws -> StorageError {
    switch code {
    case ENOENT: return .missing(path: path)
    case ENOTDIR:
      // Or a part of the path on the way is no directory, and then nothing is there.
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
      case EINTR: continue
      case ENOENT, ENOTDIR: return nil
      case let code: throw StorageError.unreadable(path: path, code: code)
      }
    }
    return status
  }
}
