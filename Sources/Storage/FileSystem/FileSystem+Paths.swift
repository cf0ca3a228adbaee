import Foundation

extension FileSystem {
  /// `directory/name`; adds a slash unless `directory` ends with one.
  package static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// The parent directory of `path`; `.` for a bare name.
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

  /// Absolute path, with `.`, `..` and links resolved as far as they exist; `path` itself if that fails.
  package static func absolute(_ path: String) -> String {
    (try? ResolvedPath(path).path) ?? path
  }

  /// `path` relative to `directory`: `../shards/train`.
  package static func relative(_ path: String, to directory: String) -> String {
    let target = absolute(path).split(separator: "/")
    // Both are resolved first: counting `..` steps is wrong across a symbolic link.
    let base = absolute(directory).split(separator: "/")
    let shared = zip(target, base).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: base.count - shared) + target[shared...].map(String.init)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  /// `path` without `x/..` steps: relative to the working directory or absolute, whichever is shorter.
  package static func shortened(_ path: String) -> String {
    let full = absolute(path)
    let short = relative(full, to: ".")
    return short.count < full.count ? short : full
  }

  /// Whether `path` is `directory` or lies inside it. Ancestors are compared by device and inode, so links and
  /// alternative names do not matter. Neither path has to exist.
  ///
  /// - Throws: `StorageError.unreadable` if part of either path cannot be examined.
  package static func contains(_ directory: String, _ path: String) throws -> Bool {
    let outer = try ResolvedPath(directory).path
    var place = try ResolvedPath(path).path
    let wanted = try status(outer)
    while true {
      if place == outer { return true }
      // Equal names are not enough: bind mounts and case-insensitive file systems give one directory several names.
      if let wanted, let found = try status(place), found.st_dev == wanted.st_dev,
        found.st_ino == wanted.st_ino
      {
        return true
      }
      if place == "/" { return false }
      place = parent(place)
    }
  }

  static func trimmingSlashes(_ path: String) -> Substring {
    var trimmed = path[...]
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    return trimmed
  }
}
