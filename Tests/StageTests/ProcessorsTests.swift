import Foundation
import Stage
import Synchronization
import Testing

@Suite struct ProcessorsTests {
  private struct Fault: Error, Equatable {
    let index: Int
  }

  @Test(arguments: [1, 2, 5], [0, 1, 9])
  func `Every index is called once, with as many threads as there are to be had`(threads: Int, given: Int)
    throws
  {
    let left = Mutex(given)
    let calls = Mutex([Int](repeating: 0, count: 100))
    try Processors.forEach(
      below: 100, threads: threads,
      start: { body in
        let isGiven = left.withLock {
          $0 -= 1
          return $0 >= 0
        }
        return isGiven ? WorkerThread(body) : nil
      }, { index in calls.withLock { $0[index] += 1 } })
    #expect(calls.withLock { $0 } == [Int](repeating: 1, count: 100))
  }

  @Test(arguments: [1, 4])
  func `The error of the lowest index is thrown, and nothing is begun after it`(threads: Int) {
    let last = Atomic<Int>(0)
    #expect(throws: Fault(index: 5)) {
      try Processors.forEach(below: 10_000, threads: threads) { index in
        if index >= 5 {
          last.max(index, ordering: .relaxed)
          Thread.sleep(forTimeInterval: 0.001)
          throw Fault(index: index)
        }
      }
    }
    #expect(last.load(ordering: .relaxed) < 5 + threads)
  }

  @Test func `A thread runs its body and can be waited for`() throws {
    let flag = Flag()
    let thread = try #require(WorkerThread { flag.set() })
    thread.join()
    #expect(flag.isSet)
  }

  @Test(arguments: [
    ("max 100000\n", nil), ("150000 100000\n", 2), ("200000 100000", 2), ("50000 100000", 1), ("300000", 3),
    ("", nil), ("a b", nil), ("100000 0", nil), ("-1 100000", nil),
  ])
  func `cpu.max is read as processors, rounded up`(text: String, expected: Int?) {
    #expect(ProcessorQuota.processors(cpuMax: text) == expected)
  }

  @Test(
    arguments: [
      ("-1\n", "100000\n", nil), ("250000\n", "100000\n", 3), ("10000", "100000", 1), (nil, "100000", nil),
      ("100000", nil, nil),
    ] as [(String?, String?, Int?)])
  func `The files of version 1 are read as processors`(quota: String?, period: String?, expected: Int?) {
    #expect(ProcessorQuota.processors(quota: quota, period: period) == expected)
  }

  @Test func `The groups around a process are looked for from its own up to the root`() {
    #expect(
      ProcessorQuota.directories(groups: "0::/a/b\n") == [
        "/sys/fs/cgroup/a/b", "/sys/fs/cgroup/unified/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup/unified/a",
        "/sys/fs/cgroup", "/sys/fs/cgroup/unified",
      ])
    #expect(
      ProcessorQuota.directories(groups: "4:memory:/m\n3:cpu,cpuacct:/docker/x:y\nnonsense") == [
        "/sys/fs/cgroup/cpu/docker/x:y", "/sys/fs/cgroup/cpu,cpuacct/docker/x:y", "/sys/fs/cgroup/cpu/docker",
        "/sys/fs/cgroup/cpu,cpuacct/docker", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct",
      ])
  }

  @Test func `There is a processor, and not more than the machine has`() {
    #expect(1...ProcessInfo.processInfo.processorCount ~= Processors.count)
  }
}

private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
