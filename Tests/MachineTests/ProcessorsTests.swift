import Foundation
import Machine
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
      }, check: {}, { index in calls.withLock { $0[index] += 1 } })
    #expect(calls.withLock { $0 } == [Int](repeating: 1, count: 100))
  }

  @Test(arguments: [1, 4])
  func `The error of the lowest index is thrown, and nothing is begun after it`(threads: Int) {
    let last = Atomic<Int>(0)
    #expect(throws: Fault(index: 5)) {
      try Processors.forEach(below: 10_000, threads: threads, check: {}) { index in
        if index >= 5 {
          last.max(index, ordering: .relaxed)
          Thread.sleep(forTimeInterval: 0.001)
          throw Fault(index: index)
        }
      }
    }
    #expect(last.load(ordering: .relaxed) < 5 + threads)
  }

  @Test(arguments: [1, 3])
  func `What ends the work early is asked before each call`(threads: Int) {
    let calls = Atomic<Int>(0)
    #expect(throws: Fault(index: 4)) {
      try Processors.forEach(
        below: 1000, threads: threads,
        check: { if calls.load(ordering: .relaxed) >= 4 { throw Fault(index: 4) } },
        { _ in calls.add(1, ordering: .relaxed) })
    }
    #expect(4..<4 + threads ~= calls.load(ordering: .relaxed))
  }

  @Test func `Values come in the order of their indices`() throws {
    let squares = try Processors.map(below: 50, threads: 4, check: {}) { $0 * $0 }
    #expect(squares == (0..<50).map { $0 * $0 })
  }

  @Test func `A thread runs its body and can be waited for`() throws {
    let flag = Flag()
    let thread = try #require(WorkerThread { flag.set() })
    thread.join()
    #expect(flag.isSet)
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
