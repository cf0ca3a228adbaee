import Foundation

extension FileSystem {
  /// Deepest nesting that is removed: each level keeps a descriptor open and uses stack space.
  private static let depthLimit = 512

  /// Removes a file, or a directory with its content. A missing path is no error. Symbolic links are removed, never
  /// followed, at any depth.
  ///
  /// - Throws: `StorageError.writeFailed`, `.unreadable`.
  package static func remove(_ path: String) throws {
    let above = parent(path)
    guard let directory = Descriptor.open(above, O_RDONLY | O_DIRECTORY) else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return }
      throw StorageError.writeFailed(path: path, operation: "remove", code: code)
    }
    try remove(FileName(name(path)), in: directory, path: above, depth: 0)
  }

  /// Removes the entry `name` of `directory` like `remove(_:)`, also if the name is not UTF-8.
  ///
  /// - Throws: `StorageError.writeFailed`, `.unreadable`; as `openDirectoryNoFollow`.
  package static func remove(_ name: FileName, in directory: String) throws {
    try remove(name, in: try openDirectoryNoFollow(directory), path: directory, depth: 0)
  }

  /// Renames an entry within `directory` durably, also if a name is not UTF-8.
  ///
  /// - Throws: `StorageError.writeFailed`; as `openDirectoryNoFollow`.
  package static func rename(_ source: FileName, to destination: FileName, in directory: String) throws {
    let descriptor = try openDirectoryNoFollow(directory)
    let renamed = source.withCString { from in
      destination.withCString { to in renameat(descriptor.number, from, descriptor.number, to) }
    }
    guard renamed == 0 else {
      throw StorageError.writeFailed(
        path: join(directory, destination.shown), operation: "rename", code: errno)
    }
    try synchronize(directory: directory)
  }

  private static func remove(
    _ name: FileName, in directory: borrowing Descriptor, path: String, depth: Int
  ) throws {
    let place = join(path, name.shown)
    // Unlink without examining the entry first: unlink follows no link and refuses directories, so there is no window
    // between check and removal in which another process could put something else there.
    let unlinked = name.withCString { unlinkat(directory.number, $0, 0) }
    let code = errno
    if unlinked == 0 || code == ENOENT { return }
    // The error for a directory: EISDIR on Linux, EPERM by POSIX.
    guard code == EISDIR || code == EPERM, depth < depthLimit else {
      throw StorageError.writeFailed(
        path: place, operation: "unlink", code: depth < depthLimit ? code : EMFILE)
    }
    // Relative to the open parent, and without following links: a link swapped in meanwhile cannot redirect the
    // removal.
    guard let inner = directory.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
      let openCode = errno
      // Not a directory, so the error of unlink is the one to report.
      throw StorageError.writeFailed(
        path: place, operation: "unlink",
        code: openCode == ENOTDIR || openCode == ELOOP ? code : openCode)
    }
    for entry in try entries(inner, path: place) {
      try remove(entry, in: inner, path: place, depth: depth + 1)
    }
    guard name.withCString({ unlinkat(directory.number, $0, AT_REMOVEDIR) }) == 0 || errno == ENOENT else {
      // ENOENT is no failure above: another process may be removing the same tree.
      throw StorageError.writeFailed(path: place, operation: "rmdir", code: errno)
    }
  }
}
