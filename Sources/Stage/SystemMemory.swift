import Foundation
import Storage

/// How much memory this process may still take.
package enum SystemMemory {
  /// Bytes that are free for us, by the system, the control group and the limits of the process; nil where none tells.
  package static var available: Int? {
    var bounds: [Int] = []
    if let free = field("MemAvailable:", of: "/proc/meminfo") { bounds.append(free * 1024) }
    // Without a limit it says `max`, which is no number.
    if let limit = number("/sys/fs/cgroup/memory.max"), let used = number("/sys/fs/cgroup/memory.current") {
      bounds.append(limit - used)
    }
    for resource in [RLIMIT_AS, RLIMIT_DATA] {
      var limit = rlimit()
      #if os(Linux)
        let known = getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
      #else
        let known = getrlimit(resource, &limit) == 0
      #endif
      // RLIM_INFINITY is larger.
      if known, limit.rlim_cur < UInt64(Int.max) { bounds.append(Int(limit.rlim_cur)) }
    }
    // The narrowest decides: which of them ends a process makes no difference to it.
    return bounds.min()
  }

  /// Throws if less is there, before anything is asked of an allocator that would end the process.
  ///
  /// - Parameters:
  ///   - bytes: that are needed.
  ///   - name: of what needs them, for the message.
  /// - Throws: `StorageError.outOfMemory`.
  package static func require(_ bytes: Int, for name: String) throws {
    guard let available, bytes > available else { return }
    throw StorageError.outOfMemory(path: name, bytes: bytes)
  }

  private static func field(_ name: String, of path: String) -> Int? {
    text(path)?.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ").dropFirst().first
      .flatMap {
        Int($0)
      }
  }

  private static func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// Files of the kernel have no size that could be asked for before.
  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
