import Foundation

extension FileSystem {
  /// Directories within each other that are removed: each holds a descriptor open, and a piece of the stack.
  private static let depthLimit = 512

  /// Removes a file, or a directory with all that it holds; nothing there is no error. A link is removed and not
  /// what it leads to, here and below.
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

  /// Removes what has the name `name` in `directory`, as `remove` of a path does, whatever bytes the name has.
  ///
  /// - Throws: `StorageError.writeFailed`, `.unreadable`; as `openDirectoryNoFollow`.
  package static func remove(_ name: FileName, in directory: String) throws {
    try remove(name, in: try openDirectoryNoFollow(directory), path: directory, depth: 0)
  }

  /// Renames within `directory`, whatever bytes the names have, and makes the change durable.
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
    // Removed before it is looked at: unlink follows no link and takes no directory, so there is no moment
    // between a look and the act in which somebody could put another thing there.
    let unlinked = name.withCString { unlinkat(directory.number, $0, 0) }
    let code = errno
    if unlinked == 0 || code == ENOENT { return }
    // Which of the two a directory gives depends on the system.
    guard code == EISDIR || code == EPERM, depth < depthLimit else {
      throw StorageError.writeFailed(
        path: place, operation: "unlink", code: depth < depthLimit ? code : EMFILE)
    }
    // By the open directory, never by path: a link that takes the folder's place meanwhile leads nowhere.
    guard let inner = directory.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
      let openCode = errno
      // No directory, so what unlink said holds.
      throw StorageError.writeFailed(
        path: place, operation: "unlink",
        code: openCode == ENOTDIR || openCode == ELOOP ? code : openCode)
    }
    for entry in try entries(inner, path: place) {
      try remove(entry, in: inner, path: place, depth: depth + 1)
    }
    guard name.withCString({ unlinkat(directory.number, $0, AT_REMOVEDIR) }) == 0 || errno == ENOENT else {
      throw StorageError.writeFailed(path: place, operation: "rmdir", code: errno)
    }
  }
}
