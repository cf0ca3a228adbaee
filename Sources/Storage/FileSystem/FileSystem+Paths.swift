import Foundation

extension FileSystem {
  /// `directory/name`, with one slash between where `directory` ends with none or one.
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
    (try? ResolvedPath(path).path) ?? path
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

  /// Whether `path` is `directory` or lies inside it, whatever links and names lead to either: told by device and
  /// inode of the ancestors. Neither need exist.
  ///
  /// - Throws: `StorageError.unreadable` where a part of either cannot be looked at.
  package static func contains(_ directory: String, _ path: String) throws -> Bool {
    let outer = try ResolvedPath(directory).path
    var place = try ResolvedPath(path).path
    let wanted = try status(outer)
    while true {
      if place == outer { return true }
      // Bind mounts, and file systems that ignore case, give one directory several names.
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
