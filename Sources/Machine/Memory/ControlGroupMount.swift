/// One mount of a control group hierarchy, read from a line of `/proc/self/mountinfo`.
struct ControlGroupMount: Equatable {
  /// The group at the mount point. In a container it is often not the root of the hierarchy.
  let root: String
  /// Path of the mount point.
  let point: String
  /// Controllers of version 1; nil for the unified hierarchy of version 2.
  let controllers: Set<String>?

  /// Parses a line. Returns nil for other file systems and for malformed lines.
  ///
  /// - Parameter line: `ID PARENT DEVICE ROOT POINT OPTIONS [TAG]... - TYPE SOURCE OPTIONS`.
  init?(line: Substring) {
    // Tags vary in number: the dash ends them, and the fields behind it are counted from there.
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), dash + 3 < fields.count else {
      return nil
    }
    switch fields[dash + 1] {
    case "cgroup2": controllers = nil
    case "cgroup": controllers = Set(fields[dash + 3].split(separator: ",").map(String.init))
    default: return nil
    }
    root = Self.unescaped(fields[3])
    point = Self.unescaped(fields[4])
  }

  /// The directory of a group, as names below the mount point.
  ///
  /// - Parameter path: path of the group in `/proc/self/cgroup`.
  /// - Returns: nil if this mount does not show the group.
  func names(of path: String) -> [Substring]? {
    let (own, root) = (path.split(separator: "/"), root.split(separator: "/"))
    guard own.starts(with: root) else { return nil }
    let names = Array(own.dropFirst(root.count))
    // Only groups of the namespace are mounted; `..` leads out of it.
    return names.contains("..") ? nil : names
  }

  /// The kernel writes space, tab, newline and backslash as `\040`, `\011`, `\012` and `\134`.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.popFirst() {
      let digits = rest.prefix(3)
      if first == UInt8(ascii: "\\"), digits.count == 3,
        let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(byte)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(first)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
