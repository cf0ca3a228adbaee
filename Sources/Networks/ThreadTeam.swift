import CSystem
import Foundation
import Synchronization

/// Threads that stay, for the many short pieces of a training step: a round of work starts and ends in about
/// a microsecond, because waiting threads look for a while before they sleep.
///
/// `@unchecked Sendable`: `jobs` is written by the caller before the release of `generation` and read by the
/// workers after its acquisition; `active` orders the way back.
package final class ThreadTeam: @unchecked Sendable {
  /// How often a waiting thread looks before it sleeps: some 50 microseconds.
  private static let patience = 4000
  /// Integers in a cache line, and in its neighbour that is fetched with it.
  private static let line = 16

  /// Tasks with one body.
  private struct Job {
    var tasks = 0
    /// Neighbouring tasks that go to one thread.
    var block = 1
    var body: ((Int, Int) -> Void)?
  }

  /// Threads, the caller's among them.
  package let count: Int
  private let generation = Atomic<Int>(0)
  /// How many of each thread's tasks are taken, of both jobs, each thread's counts in a cache line of their own.
  private let taken: UnsafeMutablePointer<Atomic<Int>>
  private let active = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let condition = NSCondition()
  /// What there is to do, one after the other.
  private var jobs = (Job(), Job())

  /// Starts the threads; they and the caller take denormal numbers as zero from now on.
  package init(threads: Int) {
    count = max(1, threads)
    taken = .allocate(capacity: count * Self.line)
    for place in 0..<count * Self.line { (taken + place).initialize(to: Atomic(0)) }
    dk_flush_denormals()
    for thread in 1..<max(2, count) where count > 1 {
      let worker = Worker(team: self, thread: thread)
      Thread.detachNewThread { worker.run() }
    }
  }

  deinit {
    taken.deinitialize(count: count * Self.line)
    taken.deallocate()
  }

  /// Ends the threads; the team must not be used again.
  package func stop() {
    stopped.store(true, ordering: .releasing)
    generation.add(1, ordering: .releasing)
    wake()
  }

  /// Calls `body` for each index below `tasks`, on all threads, and returns when all are done. A task goes to
  /// the same thread in every round, whose cache may still hold what it needs, unless another thread has
  /// nothing left to do: what a task's work gives must depend on its index alone. `body` is also told the number
  /// of its thread, below `count`, for what only one task at a time may use.
  ///
  /// - Parameter block: neighbouring tasks that go to one thread.
  package func run(tasks: Int, block: Int = 1, _ body: (_ task: Int, _ thread: Int) -> Void) {
    run(tasks: tasks, block: block, followedBy: 0, inBlocksOf: 1, body) { _, _ in }
  }

  /// The same for two kinds of tasks. A thread begins with the second when all of the first have been begun, so
  /// those of the second may wait for those of the first.
  package func run(
    tasks: Int, block: Int = 1, followedBy nextTasks: Int, inBlocksOf nextBlock: Int,
    _ body: (_ task: Int, _ thread: Int) -> Void, next nextBody: (_ task: Int, _ thread: Int) -> Void
  ) {
    guard count > 1, tasks + nextTasks > 1 else {
      for task in 0..<tasks { body(task, 0) }
      for task in 0..<nextTasks { nextBody(task, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withoutActuallyEscaping(nextBody) { nextBody in
        jobs = (
          Job(tasks: tasks, block: block, body: body),
          Job(tasks: nextTasks, block: nextBlock, body: nextBody)
        )
        begin()
        take(thread: 0)
        while active.load(ordering: .acquiring) > 0 { dk_pause() }
        jobs = (Job(), Job())
      }
    }
  }

  private func begin() {
    for thread in 0..<count {
      taken[thread * Self.line].store(0, ordering: .relaxed)
      taken[thread * Self.line + 1].store(0, ordering: .relaxed)
    }
    active.store(count - 1, ordering: .relaxed)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
  }

  private func wake() {
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }

  private func take(thread: Int) {
    take(jobs.0, counter: 0, thread: thread)
    take(jobs.1, counter: 1, thread: thread)
  }

  private func take(_ job: Job, counter: Int, thread: Int) {
    guard let body = job.body else { return }
    for distance in 0..<count {
      let owner = (thread + distance) % count
      while true {
        let number = taken[owner * Self.line + counter].add(1, ordering: .relaxed).oldValue
        let (round, place) = number.quotientAndRemainder(dividingBy: job.block)
        let task = (round * count + owner) * job.block + place
        guard task < job.tasks else { break }
        body(task, thread)
      }
    }
  }

  fileprivate func work(thread: Int) {
    dk_flush_denormals()
    var seen = 0
    while true {
      var looks = 0
      while generation.load(ordering: .acquiring) == seen {
        looks += 1
        if looks < Self.patience {
          dk_pause()
        } else {
          sleep(after: seen)
        }
      }
      seen += 1
      if stopped.load(ordering: .acquiring) { return }
      take(thread: thread)
      active.subtract(1, ordering: .releasing)
    }
  }

  private func sleep(after seen: Int) {
    condition.lock()
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { condition.wait() }
    sleepers.subtract(1, ordering: .relaxed)
    condition.unlock()
  }
}

/// Holds the team for the life of one thread.
private struct Worker: Sendable {
  let team: ThreadTeam
  let thread: Int
  func run() { team.work(thread: thread) }
}
