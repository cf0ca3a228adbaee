import CSystem
import Foundation

/// The memory of this machine that this process may use.
package enum SystemMemory {
  /// Bytes available now: the smallest number that the system, the control groups and the process limits allow.
  /// Cached files count as available, because the kernel drops them on demand.
  package static var available: Int {
    let bounds = [
      available(root: "", groups: .own), remaining(RLIMIT_AS, "VmSize"), remaining(RLIMIT_DATA, "VmData"),
    ]
    // Exceeding any one of them ends the process, so the smallest decides.
    return bounds.compactMap { $0 }.min() ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
  }

  /// Bytes that the system and the control groups allow.
  ///
  /// - Parameters:
  ///   - root: prefix of `/proc/meminfo`; empty for this machine.
  ///   - groups: control groups of the process.
  /// - Returns: nil if both are unknown.
  package static func available(root: String, groups: ControlGroups) -> Int? {
    let system = KernelFile.fields(root + "/proc/meminfo")["MemAvailable"]
      .map { $0.multipliedReportingOverflow(by: 1024) }
    // A number that overflows limits nothing.
    let bounds = [system.flatMap { $0.overflow ? nil : $0.partialValue }, groups.availableMemory]
    return bounds.compactMap { $0 }.min()
  }

  /// Makes the allocator keep freed buffers for later allocations.
  package static func keepFreed() { dk_keep_freed_memory() }

  #if os(Linux)
    private typealias Resource = __rlimit_resource
  #else
    private typealias Resource = Int32
  #endif

  /// Bytes that a process limit still allows.
  ///
  /// - Parameters:
  ///   - resource: the limited resource.
  ///   - field: field of `/proc/self/status` with the used part, in KiB.
  /// - Returns: nil without a limit.
  private static func remaining(_ resource: Resource, _ field: String) -> Int? {
    var limit = rlimit()
    #if os(Linux)
      let isKnown = getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    #else
      let isKnown = getrlimit(resource, &limit) == 0
    #endif
    // RLIM_INFINITY is at least `Int.max` on every system: no limit.
    guard isKnown, limit.rlim_cur < UInt64(Int.max) else { return nil }
    let used = (KernelFile.fields("/proc/self/status")[field] ?? 0).multipliedReportingOverflow(by: 1024)
    // These limits count addresses, used or not: a quarter is left for reserved stacks and allocator arenas.
    return max(0, Int(limit.rlim_cur) - used.partialValue) / 4 * 3
  }
}
