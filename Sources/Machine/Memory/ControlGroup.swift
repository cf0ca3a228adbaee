/// The limits of one control group for the processes in it and below it. Versions 1 and 2 have different file names, so
/// a group is read without knowing its version.
package struct ControlGroup: Equatable, Sendable {
  /// The limits to read.
  package struct Limits: OptionSet, Sendable {
    /// One bit for each.
    package let rawValue: Int

    /// A set of limits by its bits.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Processor time and sets of processors.
    package static let processors = Limits(rawValue: 1)
    /// Memory.
    package static let memory = Limits(rawValue: 2)
    /// All limits.
    package static let all: Limits = [.processors, .memory]
  }

  /// Larger limits mean no limit: version 1 writes the largest number of whole pages.
  private static let noLimit = 1 << 60

  /// Quota of processor time, in whole processors, rounded up; nil without a quota.
  package var quota: Int?
  /// Number of processors in its set; nil without a set.
  package var processors: Int?
  /// Limit of memory in bytes; nil without a limit.
  package var memoryLimit: Int?
  /// Bytes in use by this group and the groups below it.
  package var memoryUsed: Int?
  /// Bytes of the used ones that the kernel frees on demand: cached files.
  package var reclaimable = 0

  /// A group without known limits.
  package init() {}

  /// Reads a group.
  ///
  /// - Parameters:
  ///   - directory: directory of the group; a missing or malformed file means no limit.
  ///   - limits: the limits to read; the others stay unknown.
  package init(directory: String, reading limits: Limits = .all) {
    if limits.contains(.processors) { readProcessors(directory) }
    if limits.contains(.memory) { readMemory(directory) }
  }

  private mutating func readProcessors(_ directory: String) {
    func text(_ name: String) -> String? { KernelFile.text(directory + "/" + name) }
    quota =
      text("cpu.max").flatMap(Self.processors(cpuMax:))
      ?? Self.processors(quota: text("cpu.cfs_quota_us"), period: text("cpu.cfs_period_us"))
    // The effective set first: the requested set may contain processors that are offline.
    processors =
      ["cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"].lazy
      .compactMap { text($0).flatMap(Self.processors(list:)) }.first
  }

  private mutating func readMemory(_ directory: String) {
    func number(_ name: String) -> Int? { KernelFile.number(directory + "/" + name) }
    let statistics = KernelFile.fields(directory + "/memory.stat")
    let limits = [
      number("memory.max"), number("memory.high"), number("memory.limit_in_bytes"),
      // The smallest limit of the groups above, which may be invisible in a container.
      statistics["hierarchical_memory_limit"],
    ]
    memoryLimit = limits.compactMap { $0 }.filter { $0 < Self.noLimit }.min()
    memoryUsed = number("memory.current") ?? number("memory.usage_in_bytes")
    // In version 1 only the fields named total_ include the groups below.
    let cached = ["inactive_file", "active_file"].map { statistics["total_" + $0] ?? statistics[$0] }
    reclaimable = (cached + [statistics["slab_reclaimable"]]).reduce(0) { $0 + min($1 ?? 0, Self.noLimit) }
  }

  /// Bytes that its processes can still allocate; nil without a limit.
  package var availableMemory: Int? {
    memoryLimit.map { limit in max(0, limit - max(0, (memoryUsed ?? 0) - reclaimable)) }
  }

  /// Number of processors by `cpu.max` of version 2.
  ///
  /// - Parameter text: `QUOTA PERIOD` in microseconds, or `max PERIOD`.
  /// - Returns: rounded up; nil for no limit and for malformed text.
  package static func processors(cpuMax text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
    // The period is optional: 100,000 by default.
    return processors(quota: fields.first, period: fields.count > 1 ? fields[1] : "100000")
  }

  /// Number of processors by `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1.
  ///
  /// - Parameters:
  ///   - quota: microseconds of processor time per period; -1 for no limit.
  ///   - period: microseconds.
  /// - Returns: rounded up; nil for no limit and for malformed text.
  package static func processors(quota: String?, period: String?) -> Int? {
    guard let quota = quota.flatMap({ KernelFile.number(in: $0) }), quota > 0,
      let period = period.flatMap({ KernelFile.number(in: $0) }), period > 0
    else { return nil }
    // Rounded up without adding the two, which could overflow.
    return (quota - 1) / period + 1
  }

  /// Number of processors in a list such as `0-3,8`; nil if it is empty or malformed.
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
