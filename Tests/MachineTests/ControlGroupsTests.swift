import Foundation
import Machine
import Testing

/// Which groups are around a process, in the layouts that machines have.
@Suite struct ControlGroupsTests {
  private static let unified = "/ /sys/fs/cgroup - cgroup2 rw,nsdelegate"
  private static let separate = [
    "/ /sys/fs/cgroup - tmpfs rw,mode=755", "/ /sys/fs/cgroup/cpu,cpuacct - cgroup rw,cpu,cpuacct",
    "/ /sys/fs/cgroup/memory - cgroup rw,memory", "/ /sys/fs/cgroup/cpuset - cgroup rw,cpuset",
    "/ /sys/fs/cgroup/systemd - cgroup rw,xattr,name=systemd",
  ]

  private let tree: MachineTree

  init() throws { tree = try MachineTree() }

  private func directories() -> [String] {
    tree.groups.directories.map { String($0.dropFirst(tree.root.count)) }
  }

  @Test func `In version 2 each slice of systemd counts`() throws {
    try tree.write(groups: ["0::/user.slice/user-7.slice/run-1.scope"], mounts: [Self.unified])
    let slice = "/sys/fs/cgroup/user.slice"
    try tree.write(slice, ["cpu.max": "max 100000", "memory.max": "9000", "memory.current": "1000"])
    try tree.write(
      slice + "/user-7.slice", ["cpu.max": "350000 100000", "memory.max": "max", "memory.current": "900"])
    try tree.write(
      slice + "/user-7.slice/run-1.scope",
      [
        "cpu.max": "800000 100000", "cpuset.cpus.effective": "0-15", "memory.max": "8500",
        "memory.current": "100",
      ])
    #expect(
      directories() == [
        slice + "/user-7.slice/run-1.scope", slice + "/user-7.slice", slice, "/sys/fs/cgroup",
      ])
    #expect(tree.groups.processors == 4)
    #expect(tree.groups.availableMemory == 8000)
  }

  @Test
  func `In version 1 each controller has a hierarchy of its own, and Slurm limits a job above its tasks`()
    throws
  {
    let job = "/slurm/uid_0/job_1"
    try tree.write(
      groups: [
        "12:memory:\(job)/step_0/task_0", "4:cpu,cpuacct:\(job)/step_0/task_0", "3:cpuset:\(job)/step_0",
        "2:freezer:\(job)/step_0", "1:name=systemd:/system.slice/slurmd.service",
      ], mounts: Self.separate)
    let memory = "/sys/fs/cgroup/memory"
    let none = "9223372036854771712"
    for path in ["", "/slurm", "/slurm/uid_0"] {
      try tree.write(memory + path, ["memory.limit_in_bytes": none, "memory.usage_in_bytes": "999999"])
    }
    try tree.write(
      memory + job,
      [
        "memory.limit_in_bytes": "4000", "memory.usage_in_bytes": "3900",
        "memory.stat": "total_inactive_file 3000",
      ])
    try tree.write(
      memory + job + "/step_0", ["memory.limit_in_bytes": "4000", "memory.usage_in_bytes": "200"])
    try tree.write(
      memory + job + "/step_0/task_0", ["memory.limit_in_bytes": none, "memory.usage_in_bytes": "100"])
    try tree.write(
      "/sys/fs/cgroup/cpu,cpuacct" + job, ["cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000"])
    try tree.write("/sys/fs/cgroup/cpuset" + job, ["cpuset.cpus": "4-9"])
    try tree.write("/sys/fs/cgroup/cpuset" + job + "/step_0", ["cpuset.cpus": "4-5,7"])
    #expect(tree.groups.availableMemory == 3100)
    #expect(tree.groups.processors == 3)
    #expect(directories().contains(memory + job + "/step_0/task_0"))
    #expect(!directories().contains { $0.contains("freezer") || $0.contains("systemd") })
    try tree.write(
      "/sys/fs/cgroup/cpu,cpuacct/slurm", ["cpu.cfs_quota_us": "150000", "cpu.cfs_period_us": "100000"])
    #expect(tree.groups.processors == 2)
  }

  @Test func `In a hybrid both versions are asked`() throws {
    try tree.write(
      groups: ["5:memory:/m", "0::/u/v"],
      mounts: Self.separate + ["/ /sys/fs/cgroup/unified - cgroup2 rw"])
    try tree.write(
      "/sys/fs/cgroup/memory/m", ["memory.limit_in_bytes": "700", "memory.usage_in_bytes": "100"])
    try tree.write("/sys/fs/cgroup/unified/u", ["cpu.max": "100000 100000"])
    #expect(tree.groups.availableMemory == 600)
    #expect(tree.groups.processors == 1)
  }

  /// A container sees its own group as the root of what is mounted, under the path of the host or of its own.
  @Test(arguments: [
    ("5:memory:/docker/abc", ["/docker/abc /sys/fs/cgroup/memory - cgroup rw,memory"]),
    ("5:memory:/", ["/ /sys/fs/cgroup/memory - cgroup rw,memory"]),
    // Of a namespace, seen from outside.
    ("5:memory:/", ["/docker/abc /sys/fs/cgroup/memory - cgroup rw,memory"]),
    ("5:memory:/docker/abc", ["/../abc /sys/fs/cgroup/memory - cgroup rw,memory"]),
    // Gone, or moved where nothing is mounted.
    ("5:memory:/docker/abc/gone", ["/docker/abc /sys/fs/cgroup/memory - cgroup rw,memory"]),
    ("5:memory:/docker/abc", ["/ /sys/fs/cgroup/memory - cgroup rw,memory"]),
  ])
  func `A container's limit is found at the root of what it sees`(group: String, mounts: [String]) throws {
    try tree.write(groups: [group], mounts: mounts)
    try tree.write(
      "/sys/fs/cgroup/memory", ["memory.limit_in_bytes": "700", "memory.usage_in_bytes": "100"])
    #expect(tree.groups.availableMemory == 600)
  }

  @Test func `Groups inside a container are found below its own`() throws {
    try tree.write(
      groups: ["0::/docker/abc/job"], mounts: ["/docker/abc /sys/fs/cgroup - cgroup2 rw"])
    try tree.write("/sys/fs/cgroup", ["memory.max": "900", "memory.current": "100"])
    try tree.write("/sys/fs/cgroup/job", ["memory.max": "500", "memory.current": "50"])
    #expect(directories() == ["/sys/fs/cgroup/job", "/sys/fs/cgroup"])
    #expect(tree.groups.availableMemory == 450)
  }

  @Test func `A group outside of the namespace is not looked for inside`() throws {
    try tree.write(groups: ["0::/../other"], mounts: [Self.unified])
    #expect(directories().isEmpty)
  }

  @Test func `Names with colons, spaces and backslashes are found`() throws {
    try tree.write(
      groups: ["0::/a:b c"], mounts: [#"/ /mnt/my\040groups\134x - cgroup2 rw"#])
    try tree.write(#"/mnt/my groups\x/a:b c"#, ["memory.max": "10", "memory.current": "1"])
    #expect(tree.groups.availableMemory == 9)
  }

  @Test(
    arguments: [
      [:], ["cgroup": "0::/a\n"], ["mountinfo": "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 c rw\n"],
      ["cgroup": "", "mountinfo": ""],
      ["cgroup": "0:\n:::\nx\n\u{0}\u{1}", "mountinfo": "1 2 3\n- - - - - - - -\n"],
      ["cgroup": "1:freezer:/a\n", "mountinfo": "1 2 0:3 / /f rw - cgroup c rw,freezer\n"],
    ] as [[String: String]])
  func `Files that are missing or make no sense limit nothing`(files: [String: String]) throws {
    try tree.write("/proc/self", files)
    #expect(directories().isEmpty)
    #expect(tree.groups.processors == nil && tree.available == nil)
  }

  @Test func `The narrowest of the machine and the groups decides`() throws {
    try tree.write(groups: ["0::/a"], mounts: [Self.unified])
    try tree.write("/sys/fs/cgroup/a", ["memory.max": "6000000", "memory.current": "1000000"])
    try tree.write("/proc", ["meminfo": "MemTotal: 9000 kB\nMemAvailable:    4000 kB\nBuffers: 1 kB\n"])
    #expect(tree.available == 4_096_000)
    try tree.write("/proc", ["meminfo": "MemAvailable:    8000 kB\n"])
    #expect(tree.available == 5_000_000)
    try tree.write("/proc", ["meminfo": "MemAvailable: 9223372036854775807 kB\n"])
    #expect(tree.available == 5_000_000)
  }
}
