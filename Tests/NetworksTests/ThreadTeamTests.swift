import Networks
import Synchronization
import Testing

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 3, 8], [1, 2, 5])
  func `Every task runs once, and one that waits for an earlier one gets to run`(threads: Int, block: Int) {
    let team = ThreadTeam(threads: threads)
    defer { team.stop() }
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
        team.wait { begun.load(ordering: .acquiring) == tasks }
        count(tasks + task, thread)
      }
      #expect(runs.withLock { $0 } == [Int](repeating: 1, count: tasks + next))
      #expect(strangers.load(ordering: .relaxed) == 0)
    }
  }
}
