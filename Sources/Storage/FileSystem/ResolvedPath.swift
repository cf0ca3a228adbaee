import Foundation

/// A path from the root without links, `.` and `..`, of which the end need not exist: what `realpath` gives for
/// what does.
struct ResolvedPath {
  /// More is a circle; the system's own limit.
  private static let linkLimit = 40

  private(set) var path: String
  /// The descriptor of this process that the path leads to, as `/dev/stdout` does, where it leads to one.
  private(set) var descriptor: Int32?

  /// - Throws: `StorageError.unreadable`, for want of rights, or for links in a circle (`ELOOP`).
  init(_ original: String) throws {
    path = "/"
    // Last first, so that what a link says can be put before the rest.
    var rest: [Substring] = original.split(separator: "/").reversed()
    if !original.hasPrefix("/") { rest += try Self.workingDirectory(original).reversed() }
    var links = 0
    while let step = rest.popLast() {
      if step == "." { continue }
      // Of what is resolved already: behind a link, `..` is not where the link stands.
      if step == ".." {
        path = FileSystem.parent(path)
        continue
      }
      let place = FileSystem.join(path, String(step))
      guard let status = try FileSystem.status(place, followingLinks: false),
        FileType(mode: status.st_mode) == .link
      else {
        path = place
        continue
      }
      links += 1
      guard links <= Self.linkLimit else { throw StorageError.unreadable(path: original, code: ELOOP) }
      // Such a link says `pipe:[4711]` or names a deleted file; its own name is what is of use.
      if path == "/proc/\(getpid())/fd", rest.isEmpty { descriptor = Int32(step) }
      let target = try Self.target(place)
      if target.hasPrefix("/") { path = "/" }
      rest += target.split(separator: "/").reversed()
    }
    // Where these are no links, on Apple's systems.
    if FileSystem.parent(path) == "/dev/fd" { descriptor = Int32(FileSystem.name(path)) }
  }

  private static func workingDirectory(_ original: String) throws -> [Substring] {
    guard let directory = getcwd(nil, 0) else { throw StorageError.unreadable(path: original, code: errno) }
    defer { free(directory) }
    return String(cString: directory).split(separator: "/")
  }

  private static func target(_ link: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &buffer, buffer.count)
    guard count >= 0 else { throw StorageError.unreadable(path: link, code: errno) }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
