import CSystem
import Foundation

/// The few operations on directories that the stages need, with our errors.
package enum FileSystem {
  package enum Kind { case file, directory }

  /// What stands at `path`, following links; nil if nothing does.
  package static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
  }

  /// Bytes in the regular file at `path`; nil if there is none.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Bytes that may still be written on the file system that holds `path` or its nearest ancestor.
  package static func freeBytes(near path: String) -> Int? {
    var place = absolute(path)
    while kind(place) == nil, place != "/" { place = parent(place) }
    var status = statvfs()
    guard statvfs(place, &status) == 0 else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// Creates `path` and its missing ancestors.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.notADirectory`.
  package static func createDirectory(_ path: String) throws {
    switch kind(path) {
    case .directory: return
    case .file: throw StorageError.notADirectory(path: path)
    case nil: break
    }
    let above = parent(path)
    if above != path { try createDirectory(above) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw StorageError.cannotCreate(path: path, code: errno)
    }
    try synchronize(directory: above)
  }

  /// Names in a directory, sorted.
  ///
  /// - Throws: `StorageError.missing`, `.unreadable`.
  package static func list(_ directory: String) throws -> [String] {
    guard let stream = opendir(directory) else {
      throw errno == ENOENT
        ? StorageError.missing(path: directory) : .unreadable(path: directory, code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file, or a directory with all that it holds; nothing there is no error.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try list(path) { try remove(join(path, name)) }
      guard rmdir(path) == 0 else {
        throw StorageError.writeFailed(path: path, operation: "rmdir", code: errno)
      }
    } else if unlink(path) != 0, errno != ENOENT {
      throw StorageError.writeFailed(path: path, operation: "unlink", code: errno)
    }
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

  /// Exchanges two directories of one file system in one step, so that a reader finds either whole.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package static func exchange(_ first: String, _ second: String) throws {
    guard dk_exchange(first, second) == 0 else {
      throw StorageError.writeFailed(path: second, operation: "exchange", code: errno)
    }
    try synchronize(directory: parent(first))
  }

  /// Flushes the entries of a directory to the disk.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package static func synchronize(directory: String) throws {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw StorageError.writeFailed(path: directory, operation: "open", code: errno)
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw StorageError.writeFailed(path: directory, operation: "fsync", code: errno)
    }
  }

  package static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// The directory that holds `path`; `.` for a bare name.
  package static func parent(_ path: String) -> String {
    let trimmed = trimmingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return trimmed.isEmpty ? "/" : "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// The last component of `path`.
  package static func name(_ path: String) -> String {
    let trimmed = trimmingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return String(trimmed) }
    return String(trimmed[trimmed.index(after: slash)...])
  }

  /// `path` from the root, with `.`, `..` and links resolved as far as they exist.
  package static func absolute(_ path: String) -> String {
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let last = name(path)
    let above = parent(path)
    guard above != path, last != ".", last != ".." else { return path }
    return join(absolute(above), last)
  }

  /// `path` as seen from `directory`: `../shards/train`.
  package static func relative(_ path: String, to directory: String) -> String {
    let target = absolute(path).split(separator: "/")
    let base = absolute(directory).split(separator: "/")
    let shared = zip(target, base).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: base.count - shared) + target[shared...].map(String.init)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  /// `path` without the detours of `x/..`, as seen from the working directory where that is shorter.
  package static func shortened(_ path: String) -> String {
    let full = absolute(path)
    let short = relative(full, to: ".")
    return short.count < full.count ? short : full
  }

  private static func trimmingSlashes(_ path: String) -> Substring {
    var trimmed = path[...]
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    return trimmed
  }
}
