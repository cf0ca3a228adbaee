/// A place where a hierarchy of control groups is mounted, as a line of `/proc/self/mountinfo` tells.
struct ControlGroupMount: Equatable {
  /// The group that lies at the mount point: in a container often not the root of the hierarchy.
  let root: String
  /// Where it is mounted.
  let point: String
  /// Controllers of version 1; nil for the unified hierarchy of version 2.
  let controllers: Set<String>?

  /// Nil for another file system, and for a line of another form.
  ///
  /// - Parameter line: `ID PARENT DEVICE ROOT POINT OPTIONS [TAG]... - TYPE SOURCE OPTIONS`.
  init?(line: Substring) {
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

  /// Where the group `path` of this hierarchy lies, as names below the mount point.
  ///
  /// - Parameter path: as `/proc/self/cgroup` has it.
  /// - Returns: nil if this mount does not show the group.
  func names(of path: String) -> [Substring]? {
    let (own, root) = (path.split(separator: "/"), root.split(separator: "/"))
    guard own.starts(with: root) else { return nil }
    let names = Array(own.dropFirst(root.count))
    // Outside of the namespace, which is what is mounted.
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
