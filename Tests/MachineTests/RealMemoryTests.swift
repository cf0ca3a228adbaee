import Foundation
import Machine
import TestSupport
import Testing

#if os(Linux)
  /// The machine that the tests run on.
  @Suite struct RealMemoryTests {
    /// A group of this process, below which others can be made that limit memory; nil where none can.
    private static let parent: String? = ControlGroups.own.directories.first { directory in
      let probe = directory + "/dk-test-probe"
      defer { rmdir(probe) }
      return mkdir(probe, 0o755) == 0 && limitFile(probe) != nil
    }

    private static func limitFile(_ directory: String) -> String? {
      ["memory.max", "memory.limit_in_bytes"].map { directory + "/" + $0 }
        .first { access($0, W_OK) == 0 }
    }

    @Test func `The groups of this process are there`() {
      for directory in ControlGroups.own.directories {
        #expect(FileManager.default.fileExists(atPath: directory), "\(directory)")
      }
      #expect(SystemMemory.available > 0)
      #expect(SystemMemory.available <= Int(ProcessInfo.processInfo.physicalMemory))
    }

    @Test(
      .enabled(if: parent != nil, "needs the right to make a control group that limits memory"))
    func `Files that a group has read leave its memory available`() throws {
      let group = try #require(Self.parent) + "/dk-test-\(UUID().uuidString)"
      try #require(mkdir(group, 0o755) == 0)
      let space = try TemporaryDirectory()
      defer {
        // Cached pages would keep the group.
        try? FileManager.default.removeItem(atPath: space("file"))
        rmdir(group)
      }
      let limit = 200 << 20
      try Data("\(limit)".utf8).write(to: URL(fileURLWithPath: try #require(Self.limitFile(group))))
      let result = try Program.shell(
        "echo $$ > \(group)/cgroup.procs && head -c 100M /dev/zero > file && sync file", in: space.path)
      try #require(result.status == 0, "\(result.standardError)")
      let found = ControlGroup(directory: group)
      #expect(found.memoryLimit == limit)
      let (used, available) = (try #require(found.memoryUsed), try #require(found.availableMemory))
      #expect(used > 90 << 20, "the file is not cached: \(used)")
      #expect(available > 190 << 20, "\(available) of \(limit), \(used) used")
    }
  }
#endif
