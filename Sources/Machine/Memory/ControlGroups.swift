/// The control groups around this process, from its own up to the root that it sees: those of a container, of a job
/// of Slurm, of a slice of systemd. A limit of any of them holds, so the smallest decides.
package struct ControlGroups: Sendable {
  /// Controllers of version 1 that limit processors or memory.
  private static let controllers: Set = ["cpu", "cpuset", "memory"]

  /// Those of this process. Where they lie is found once; what they say is read each time.
  package static let own = ControlGroups(root: "")

  /// Of each hierarchy the groups from the innermost on.
  package let directories: [String]

  /// Finds the groups by `/proc/self/cgroup` and `/proc/self/mountinfo`.
  ///
  /// - Parameter root: set before every path; empty for the machine's own.
  package init(root: String) {
    func lines(_ path: String) -> [Substring] {
      (KernelFile.text(root + path) ?? "").split(whereSeparator: \.isNewline)
    }
    let mounts = lines("/proc/self/mountinfo").compactMap { ControlGroupMount(line: $0) }
    directories = lines("/proc/self/cgroup").flatMap { line in
      Self.directories(line, mounts).map { root + $0 }
    }
  }

  /// The groups of one hierarchy, from the innermost on.
  ///
  /// - Parameters:
  ///   - line: `0::PATH` of version 2, or `NUMBER:CONTROLLERS:PATH` of version 1.
  ///   - mounts: of all hierarchies.
  /// - Returns: none of a hierarchy that limits neither processors nor memory.
  private static func directories(_ line: Substring, _ mounts: [ControlGroupMount]) -> [String] {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return [] }
    let named = Set(fields[1].split(separator: ",").map(String.init)).intersection(controllers)
    let own = mounts.filter { mount in
      mount.controllers.map { !$0.isDisjoint(with: named) } ?? fields[1].isEmpty
    }
    let path = String(fields[2])
    let shown = own.compactMap { mount in mount.names(of: path).map { (mount.point, $0) } }
    guard shown.isEmpty else { return shown.flatMap { Self.directories($0, upFrom: $1) } }
    // In a container the path may be that of the host; then what is mounted is the container's own group. A path
    // with `..` leads out of what is mounted.
    return path.split(separator: "/").contains("..") ? [] : own.map(\.point)
  }

  private static func directories(_ point: String, upFrom names: [Substring]) -> [String] {
    (0...names.count).reversed().map { depth in
      ([point] + names[..<depth].map(String.init)).joined(separator: "/")
    }
  }

  /// What each group says now.
  package var levels: [ControlGroup] { directories.map { ControlGroup(directory: $0) } }

  /// Processors that all groups grant; nil where none limits them.
  package var processors: Int? { levels.flatMap { [$0.quota, $0.processors] }.compactMap { $0 }.min() }

  /// Bytes that this process may still take by all groups; nil where none limits them.
  package var availableMemory: Int? { levels.compactMap(\.availableMemory).min() }
}
