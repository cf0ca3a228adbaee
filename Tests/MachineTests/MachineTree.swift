import Foundation
import Machine
import TestSupport

/// A made-up machine: a tree of the files in which a kernel would tell about it.
struct MachineTree {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Set before every path.
  var root: String { directory.path }

  /// The groups around the process.
  var groups: ControlGroups { ControlGroups(root: root) }

  /// Bytes that are available.
  var available: Int? { SystemMemory.available(root: root, groups: groups) }

  func group(_ path: String) -> ControlGroup { ControlGroup(directory: root + path) }

  /// Writes files of one directory.
  func write(_ path: String, _ files: [String: String]) throws {
    try FileManager.default.createDirectory(atPath: root + path, withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)\(path)/\(name)"))
    }
  }

  /// Writes what the process says of itself.
  ///
  /// - Parameters:
  ///   - groups: lines of `cgroup`.
  ///   - mounts: `ROOT POINT - TYPE OPTIONS` each.
  /// - Throws: where the files cannot be written.
  func write(groups: [String], mounts: [String]) throws {
    let lines = mounts.enumerated().map { number, mount in
      let words = mount.split(separator: " ")
      return "\(30 + number) 23 0:\(28 + number) \(words[0]) \(words[1]) rw,nosuid shared:\(number)"
        + " - \(words[3]) \(words[3]) \(words[4])"
    }
    try write(
      "/proc/self",
      [
        "cgroup": groups.joined(separator: "\n") + "\n",
        "mountinfo": (["22 1 254:0 / / rw - ext4 /dev/vda rw"] + lines).joined(separator: "\n") + "\n",
      ])
  }
}
