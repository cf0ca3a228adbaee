import Foundation
import Machine
import Networks
import Stage
import Synchronization
import Testing

@Suite struct ThreadTeamTests {
  /// As many threads as asked for, whatever the machine has and however busy it is.
  private func team(_ threads: Int, start: ThreadTeam.Starter = { WorkerThread($0) }) -> ThreadTeam {
    ThreadTeam(threads: threads, processors: threads, benefit: nil, start: start)
  }

  @Test(arguments: [1, 2, 3, 8], [1, 2, 5])
  func `Every task runs once, and one that waits for an earlier one gets to run`(threads: Int, block: Int) {
    let team = team(threads)
    defer { team.stop() }
    #expect(team.count == threads)
    for (tasks, next) in [(0, 0), (1, 0), (0, 1), (7, 13), (40, 3), (1, 30)] {
      let runs = Mutex([Int](repeating: 0, count: tasks + next))
      let begun = Atomic<Int>(0)
      let strangers = Atomic<Int>(0)
      func count(_ task: Int, _ thread: Int) {
        runs.withLock { $0[task] += 1 }
        if !(0..<threads).contains(thread) { strangers.add(1, ordering: .relaxed) }
      }
      team.forEach(below: tasks, block: block, thenBelow: next, nextBlock: block) { task, thread in
        count(task, thread)
        begun.add(1, ordering: .releasing)
        team.announce()
      } next: { task, thread in
        team.wait(thread: thread) { begun.load(ordering: .acquiring) == tasks }
        count(tasks + task, thread)
      }
      #expect(runs.withLock { $0 } == [Int](repeating: 1, count: tasks + next))
      #expect(strangers.load(ordering: .relaxed) == 0)
    }
  }

  @Test func `Rounds follow each other without a task lost, while threads sleep and come late`() {
    let team = team(4)
    defer { team.stop() }
    let sum = Atomic<Int>(0)
    for round in 0..<20_000 {
      // Longer than the threads look before they sleep.
      if round % 2000 == 0 { Thread.sleep(forTimeInterval: 0.001) }
      let before = sum.load(ordering: .relaxed)
      team.forEach(below: 1 + round % 9) { task, _ in sum.add(task + 1, ordering: .relaxed) }
      let tasks = 1 + round % 9
      guard sum.load(ordering: .relaxed) - before == tasks * (tasks + 1) / 2 else {
        Issue.record("round \(round) is not whole")
        return
      }
    }
  }

  @Test(arguments: [0, 1, 2])
  func `A team goes on with the threads that it got`(given: Int) {
    var left = given
    let team = team(4) { body in
      guard left > 0 else { return nil }
      left -= 1
      return WorkerThread(body)
    }
    defer { team.stop() }
    #expect(team.count == given + 1)
    let runs = Mutex([Int](repeating: 0, count: 50))
    team.forEach(below: 50) { task, thread in
      #expect(thread <= given)
      runs.withLock { $0[task] += 1 }
    }
    #expect(runs.withLock { $0 } == [Int](repeating: 1, count: 50))
  }

  @Test func `No more threads are started than there are processors for`() {
    let team = ThreadTeam(threads: 8, processors: 2)
    defer { team.stop() }
    #expect(team.count == 2)
  }

  @Test(arguments: [1, 2])
  func `Denormal numbers are zero in a task, and numbers again for the caller`(threads: Int) {
    let team = team(threads)
    defer { team.stop() }
    // Not known to the compiler, which would divide itself.
    let smallest = Mutex(Float.leastNormalMagnitude)
    func half() -> Float { smallest.withLock { $0 } / 2 }
    let found = Mutex<[Float]>([])
    team.forEach(below: 8) { _, _ in found.withLock { $0.append(half()) } }
    #expect(found.withLock { $0 } == [Float](repeating: 0, count: 8))
    #expect(half() > 0)
  }
}

@Suite struct TeamBenefitTests {
  @Test func `The caller works alone while waiting costs more than is saved, and then tries again`() {
    var benefit = TeamBenefit()
    // Two threads side by side, and once a turn of another process.
    for _ in 0..<100 { benefit.record(busy: 0.0005, waited: 0, share: 0.5) }
    benefit.record(busy: 0.0005, waited: 0.004, share: 0.5)
    #expect(!benefit.isAlone)
    // A turn in every other round.
    var pauses: [Double] = []
    while pauses.count < 8 {
      benefit.record(busy: 0.0005, waited: 0.0001, share: 0.5)
      benefit.record(busy: 0.001, waited: 0.004, share: 0.8)
      guard benefit.isAlone else { continue }
      var pause = 0.0
      while benefit.isAlone {
        benefit.recordAlone(seconds: 0.001)
        pause += 0.001
      }
      pauses.append(pause)
    }
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(pauses[0] < 0.03 && pauses[7] > 0.4 && pauses[7] < 0.6)
    // Alone on the machine again.
    for _ in 0..<100 { benefit.record(busy: 0.0005, waited: 0, share: 0.5) }
    #expect(!benefit.isAlone)
  }
}
