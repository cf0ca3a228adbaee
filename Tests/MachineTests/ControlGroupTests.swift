import Machine
import Testing

/// What one group says.
@Suite struct ControlGroupTests {
  private let tree: MachineTree

  init() throws { tree = try MachineTree() }

  @Test(arguments: [
    ("max 100000\n", nil), ("150000 100000\n", 2), ("200000 100000", 2), ("50000 100000", 1), ("300000", 3),
    ("", nil), ("a b", nil), ("100000 0", nil), ("-1 100000", nil),
  ])
  func `cpu.max is read as processors, rounded up`(text: String, expected: Int?) {
    #expect(ControlGroup.processors(cpuMax: text) == expected)
  }

  @Test(
    arguments: [
      ("-1\n", "100000\n", nil), ("250000\n", "100000\n", 3), ("10000", "100000", 1), (nil, "100000", nil),
      ("100000", nil, nil),
    ] as [(String?, String?, Int?)])
  func `The files of version 1 are read as processors`(quota: String?, period: String?, expected: Int?) {
    #expect(ControlGroup.processors(quota: quota, period: period) == expected)
  }

  @Test(arguments: [
    ("0-3\n", 4), ("0-1,8,10-11\n", 5), ("7", 1), ("\n", nil), ("", nil), ("3-1", nil), ("a-b", nil),
    ("1-2-3", nil),
    ("-4", nil), ("0-9223372036854775807", nil),
  ])
  func `A list of processors is counted`(list: String, expected: Int?) {
    #expect(ControlGroup.processors(list: list) == expected)
  }

  @Test func `Cached files are not used memory`() throws {
    try tree.write(
      "/g",
      [
        "memory.max": "1000000000\n", "memory.current": "990000000\n",
        "memory.stat":
          "anon 100000000\nfile 880000000\nshmem 20000000\ninactive_file 800000000\nactive_file 60000000\n"
          + "slab_reclaimable 10000000\nslab_unreclaimable 5000000\n",
      ])
    #expect(tree.group("/g").availableMemory == 1_000_000_000 - (990_000_000 - 870_000_000))
  }

  @Test func `Version 1 counts the groups below in its totals`() throws {
    try tree.write(
      "/g",
      [
        "memory.limit_in_bytes": "1000\n", "memory.usage_in_bytes": "900\n",
        "memory.stat": "inactive_file 1\nactive_file 2\ntotal_inactive_file 300\ntotal_active_file 100\n",
      ])
    #expect(tree.group("/g").availableMemory == 500)
    try tree.write("/g", ["memory.stat": "inactive_file 1\nactive_file 2\n"])
    #expect(tree.group("/g").availableMemory == 103)
  }

  @Test(
    arguments: [
      (["memory.max": "max", "memory.current": "5"], nil), (["memory.current": "5"], nil),
      (["memory.max": "100", "memory.current": "40"], 60),
      // Throttled from here on, long before the limit.
      (["memory.max": "100", "memory.high": "70", "memory.current": "40"], 30),
      (["memory.max": "max", "memory.high": "70", "memory.current": "40"], 30),
      (["memory.max": "100"], 100), (["memory.max": "100", "memory.current": "140"], 0),
      (["memory.max": "0", "memory.current": "0"], 0),
      // The kernel's largest number of whole pages of 4 kB and of 64 kB.
      (["memory.limit_in_bytes": "9223372036854771712", "memory.usage_in_bytes": "5"], nil),
      (["memory.limit_in_bytes": "9223372036854710272", "memory.usage_in_bytes": "5"], nil),
      // A limit of a group that cannot be seen.
      (
        [
          "memory.limit_in_bytes": "9223372036854771712", "memory.usage_in_bytes": "5",
          "memory.stat": "hierarchical_memory_limit 65",
        ], 60
      ),
      // Garbage.
      (["memory.max": "18446744073709551615", "memory.current": "x"], nil),
      (["memory.max": "-5"], nil), (["memory.max": ""], nil), (["memory.max": "100 MB"], nil),
      (
        [
          "memory.max": "100", "memory.current": "90",
          "memory.stat":
            "inactive_file 9223372036854775807\nactive_file 9223372036854775807\n\u{0}\nactive_file",
        ], 100
      ),
    ] as [([String: String], Int?)])
  func `Memory is what the limits leave`(files: [String: String], expected: Int?) throws {
    try tree.write("/g", files)
    #expect(tree.group("/g").availableMemory == expected)
  }

  @Test func `A directory that is not there limits nothing`() {
    #expect(tree.group("/nowhere") == ControlGroup())
  }
}
