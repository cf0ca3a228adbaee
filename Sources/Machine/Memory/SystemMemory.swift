import CSystem
import Foundation

/// The memory of this machine, as far as this process may take it.
package enum SystemMemory {
  /// Bytes that are available now, by the system, the control groups and the limits of the process. Cached files
  /// count as available: the kernel drops them when memory is wanted.
  package static var available: Int {
    let bounds = [
      available(root: "", groups: .own), remaining(RLIMIT_AS, "VmSize"), remaining(RLIMIT_DATA, "VmData"),
    ]
    // Which of them ends a process makes no difference to it, so the narrowest decides.
    return bounds.compactMap { $0 }.min() ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
  }

  /// Bytes that are available by the system and the control groups.
  ///
  /// - Parameters:
  ///   - root: set before `/proc/meminfo`; empty for the machine's own.
  ///   - groups: around the process.
  /// - Returns: nil where neither tells.
  package static func available(root: String, groups: ControlGroups) -> Int? {
    let system = KernelFile.fields(root + "/proc/meminfo")["MemAvailable"]
      .map { $0.multipliedReportingOverflow(by: 1024) }
    // More than a number holds is no bound.
    let bounds = [system.flatMap { $0.overflow ? nil : $0.partialValue }, groups.availableMemory]
    return bounds.compactMap { $0 }.min()
  }

  /// Has the allocator keep the buffers that are freed for the next that are asked for.
  package static func keepFreed() { dk_keep_freed_memory() }

  #if os(Linux)
    private typealias Resource = __rlimit_resource
  #else
    private typealias Resource = Int32
  #endif

  /// Bytes that a limit of the process leaves.
  ///
  /// - Parameters:
  ///   - resource: that is limited.
  ///   - field: of `/proc/self/status`, what is used of it.
  /// - Returns: nil without a limit.
  private static func remaining(_ resource: Resource, _ field: String) -> Int? {
    var limit = rlimit()
    #if os(Linux)
      let isKnown = getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    #else
      let isKnown = getrlimit(resource, &limit) == 0
    #endif
    // RLIM_INFINITY is larger.
    guard isKnown, limit.rlim_cur < UInt64(Int.max) else { return nil }
    let used = (KernelFile.fields("/proc/self/status")[field] ?? 0).multipliedReportingOverflow(by: 1024)
    // These limits count addresses: a quarter stays for stacks and arenas that are reserved and hardly used.
    return max(0, Int(limit.rlim_cur) - used.partialValue) / 4 * 3
  }
}
