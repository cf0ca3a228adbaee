import Foundation

/// The processor time that control groups (a container's CPU limit) grant to this process, in whole processors. More
/// threads than that take turns, and all of them stand still when the time of a period is used up.
package enum ProcessorQuota {
  /// The smallest quota of this process's groups and of those around them; nil without one.
  static var current: Int? {
    guard let groups = text(of: "/proc/self/cgroup") else { return nil }
    let quotas = directories(groups: groups).map { directory in
      text(of: directory + "/cpu.max").flatMap(processors(cpuMax:))
        ?? processors(
          quota: text(of: directory + "/cpu.cfs_quota_us"),
          period: text(of: directory + "/cpu.cfs_period_us"))
    }
    return quotas.compactMap { $0 }.min()
  }

  /// Directories that may limit a process, from its own group up to the root that it sees.
  ///
  /// - Parameter groups: text of `/proc/self/cgroup`: lines `0::PATH` (version 2) and `N:CONTROLLERS:PATH` (1).
  /// - Returns: where the groups are usually mounted. In a container PATH may be that of the host and not be there;
  ///   then the root, which always is, has the container's limit.
  package static func directories(groups: String) -> [String] {
    groups.split(whereSeparator: \.isNewline).flatMap { line -> [String] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let roots: [String]
      if fields[1].isEmpty {
        roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
      } else if fields[1].split(separator: ",").contains("cpu") {
        roots = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/\(fields[1])"]
      } else {
        return []
      }
      let names = fields[2].split(separator: "/")
      return (0...names.count).reversed().flatMap { depth in
        roots.map { ([$0] + names[..<depth].map(String.init)).joined(separator: "/") }
      }
    }
  }

  /// Processors that `cpu.max` of version 2 grants.
  ///
  /// - Parameter text: `QUOTA PERIOD` in microseconds, or `max PERIOD`.
  /// - Returns: rounded up; nil for no limit, or for text of another form.
  package static func processors(cpuMax text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
    // The period may be left out, and is then 100,000.
    return processors(quota: fields.first, period: fields.count > 1 ? fields[1] : "100000")
  }

  /// Processors that `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1 grant.
  ///
  /// - Parameters:
  ///   - quota: microseconds of processor time in a period; -1 for no limit.
  ///   - period: microseconds.
  /// - Returns: rounded up; nil for no limit, or for text of another form.
  package static func processors(quota: String?, period: String?) -> Int? {
    func number(_ text: String?) -> Int? {
      text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0 else { return nil }
    // Rounded up without the sum of both, which may overflow.
    return (quota - 1) / period + 1
  }

  private static func text(of path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
