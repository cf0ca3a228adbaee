/// The control groups of this process, from its own up to the visible root: of a container, a Slurm job, a systemd slice.
/// The smallest limit holds.
package struct ControlGroups: Sendable {
  /// Controllers of version 1 that limit processors or memory.
  private static let controllers: Set = ["cpu", "cpuset", "memory"]

  /// The groups of this process. Their directories are found once; their limits are read each time.
  package static let own = ControlGroups(root: "")

  /// Directories of the groups, from the innermost outwards, of one hierarchy after the other.
  package let directories: [String]

  /// Finds the groups by `/proc/self/cgroup` and `/proc/self/mountinfo`.
  ///
  /// - Parameter root: prefix of every path; empty for this machine.
  package init(root: String) {
    func lines(_ path: String) -> [Substring] {
      (KernelFile.text(root + path) ?? "").split(whereSeparator: \.isNewline)
    }
    let mounts = lines("/proc/self/mountinfo").compactMap { ControlGroupMount(line: $0) }
    directories = lines("/proc/self/cgroup").flatMap { line in
      Self.directories(line, mounts).map { root + $0 }
    }
  }

  /// The groups of one hierarchy, from the innermost outwards.
  ///
  /// - Parameters:
  ///   - line: `0::PATH` of version 2, or `NUMBER:CONTROLLERS:PATH` of version 1.
  ///   - mounts: mount points of all hierarchies.
  /// - Returns: empty for a hierarchy that limits neither processors nor memory.
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
    // In a container the path may be the host's; the mount is then the container's own group. A path with `..` leads
    // out of the mount.
    return path.split(separator: "/").contains("..") ? [] : own.map(\.point)
  }

  private static func directories(_ point: String, upFrom names: [Substring]) -> [String] {
    (0...names.count).reversed().map { depth in
      ([point] + names[..<depth].map(String.init)).joined(separator: "/")
    }
  }

  /// The current limits of each group.
  ///
  /// - Parameter limits: the limits to read. Every program asks for processors when it starts, and a file costs 5 µs.
  /// - Returns: one value for each of `directories`.
  package func levels(reading limits: ControlGroup.Limits = .all) -> [ControlGroup] {
    directories.map { ControlGroup(directory: $0, reading: limits) }
  }

  /// Number of processors that all groups allow; nil without a limit.
  package var processors: Int? {
    levels(reading: .processors).flatMap { [$0.quota, $0.processors] }.compactMap { $0 }.min()
  }

  /// Bytes that this process can still allocate by the limits of all groups; nil without a limit.
  package var availableMemory: Int? { levels(reading: .memory).compactMap(\.availableMemory).min() }
}
