/// What one control group allows the processes in it and below it. Files of version 1 and of version 2 have
/// different names, so a group is read without knowing which it is of.
package struct ControlGroup: Equatable, Sendable {
  /// Limits from here on stand for none: version 1 writes the largest number of whole pages.
  private static let noLimit = 1 << 60

  /// Processor time, in whole processors, rounded up; nil without a quota.
  package var quota: Int?
  /// Processors in its set; nil where it has none.
  package var processors: Int?
  /// Bytes; nil without a limit.
  package var memoryLimit: Int?
  /// Bytes that it and the groups below it hold now.
  package var memoryUsed: Int?
  /// Those of the used bytes that the kernel gives back when they are wanted: cached files.
  package var reclaimable = 0

  /// A group of which nothing is known.
  package init() {}

  /// Reads a group.
  ///
  /// - Parameter directory: of the group; a file that is missing or makes no sense limits nothing.
  package init(directory: String) {
    func text(_ name: String) -> String? { KernelFile.text(directory + "/" + name) }
    func number(_ name: String) -> Int? { KernelFile.number(directory + "/" + name) }
    quota =
      text("cpu.max").flatMap(Self.processors(cpuMax:))
      ?? Self.processors(quota: text("cpu.cfs_quota_us"), period: text("cpu.cfs_period_us"))
    // What is in effect comes first: the set that was asked for may hold processors that are off.
    processors =
      ["cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"].lazy
      .compactMap { text($0).flatMap(Self.processors(list:)) }.first
    let statistics = KernelFile.fields(directory + "/memory.stat")
    let limits = [
      number("memory.max"), number("memory.high"), number("memory.limit_in_bytes"),
      // Of groups above this one, which a container may not see.
      statistics["hierarchical_memory_limit"],
    ]
    memoryLimit = limits.compactMap { $0 }.filter { $0 < Self.noLimit }.min()
    memoryUsed = number("memory.current") ?? number("memory.usage_in_bytes")
    // Version 1 counts the groups below only in what it calls total.
    let cached = ["inactive_file", "active_file"].map { statistics["total_" + $0] ?? statistics[$0] }
    reclaimable = (cached + [statistics["slab_reclaimable"]]).reduce(0) { $0 + min($1 ?? 0, Self.noLimit) }
  }

  /// Bytes that its processes may still take; nil without a limit.
  package var availableMemory: Int? {
    memoryLimit.map { limit in max(0, limit - max(0, (memoryUsed ?? 0) - reclaimable)) }
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
    guard let quota = quota.flatMap({ KernelFile.number(in: $0) }), quota > 0,
      let period = period.flatMap({ KernelFile.number(in: $0) }), period > 0
    else { return nil }
    // Rounded up without the sum of both, which may overflow.
    return (quota - 1) / period + 1
  }

  /// Processors in a list such as `0-3,8`; nil if it is empty or of another form.
  package static func processors(list: String) -> Int? {
    var count = 0
    for range in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map {
        KernelFile.number(in: $0)
      }
      guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1],
        first <= last, last < 1 << 20
      else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }
}
