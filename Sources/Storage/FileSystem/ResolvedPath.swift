import Foundation

/// An absolute path without links, `.` and `..`. Equals `realpath` for an existing path, but its last components need
/// not exist.
struct ResolvedPath {
  /// More links are taken for a circle. Linux has the same limit.
  private static let linkLimit = 40

  private(set) var path: String
  /// The descriptor of this process that the path refers to, such as 1 for `/dev/stdout`; nil for other paths.
  private(set) var descriptor: Int32?

  /// - Throws: `StorageError.unreadable` for missing permissions or circular links (`ELOOP`).
  init(_ original: String) throws {
    path = "/"
    // A stack with the next component on top, so that the components of a link's target are pushed before the rest.
    var rest: [Substring] = original.split(separator: "/").reversed()
    if !original.hasPrefix("/") { rest += try Self.workingDirectory(original).reversed() }
    var links = 0
    while let step = rest.popLast() {
      if step == "." { continue }
      // The parent of the resolved path: behind a link, `..` is the parent of its target, not of the link.
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
      // The target of such a link is `pipe:[4711]` or a deleted file, so the descriptor is taken from the link's own
      // name.
      if path == "/proc/\(getpid())/fd", rest.isEmpty { descriptor = Int32(step) }
      let target = try Self.target(place)
      if target.hasPrefix("/") { path = "/" }
      rest += target.split(separator: "/").reversed()
    }
    // On Apple's systems these are devices, not links.
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
