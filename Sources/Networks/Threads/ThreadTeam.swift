import Stage

/// Threads that stay, for the many short pieces of a training step: a round of work starts and ends in about
/// a microsecond, because waiting threads look for a while before they sleep.
///
/// `@unchecked Sendable`: `workers` is for the one thread that makes, uses and stops the team.
package final class ThreadTeam: @unchecked Sendable {
  /// Starts a thread with a body; nil if there is none to be had.
  package typealias Starter = (_ body: @escaping @Sendable () -> Void) -> WorkerThread?

  /// Threads, the caller's among them: those asked for, or as many of them as there are processors for and the
  /// system gave.
  package let count: Int
  private let board: TaskBoard
  private var workers: [WorkerThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - threads: wanted, the caller's among them.
  ///   - processors: that they can have. All tasks are arithmetic, so more threads would take turns and no more.
  ///   - benefit: judges whether the other threads are worth waiting for; nil to use them always.
  ///   - start: how a thread is started.
  package init(
    threads: Int, processors: Int = Processors.count, benefit: TeamBenefit? = TeamBenefit(),
    start: Starter = { WorkerThread($0) }
  ) {
    let threads = max(1, min(threads, processors))
    board = TaskBoard(threads: threads, benefit: benefit)
    // The work can be done by fewer, and more will hardly be had by asking again.
    while workers.count + 1 < threads {
      let worker = start { [board, thread = workers.count + 1] in board.work(thread: thread) }
      guard let worker else { break }
      workers.append(worker)
    }
    count = workers.count + 1
    board.threads = count
  }

  deinit { stop() }

  /// Ends the threads; the team must not be used again.
  package func stop() {
    guard !workers.isEmpty else { return }
    board.stop()
    for worker in workers { worker.join() }
    workers = []
  }

  /// Calls `body` for each index below `tasks`, on all threads, and returns when all are done. A task goes to
  /// the same thread in every round, whose cache may still hold what it needs, unless another thread has
  /// nothing left to do: what a task's work gives must depend on its index alone. `body` is also told the number
  /// of its thread, below `count`, for what only one task at a time may use. Denormal numbers are zero in it.
  ///
  /// - Parameters:
  ///   - tasks: how many.
  ///   - block: neighbouring tasks that go to one thread.
  ///   - body: the work of one task; not to use the team itself.
  package func forEach(below tasks: Int, block: Int = 1, _ body: (_ task: Int, _ thread: Int) -> Void) {
    forEach(below: tasks, block: block, thenBelow: 0, nextBlock: 1, body) { _, _ in }
  }

  /// The same for two kinds of tasks. A thread begins with the second when all of the first have been begun, so
  /// those of the second may wait for those of the first (`wait(thread:until:)`).
  ///
  /// - Parameters:
  ///   - tasks: of the first kind.
  ///   - block: neighbouring tasks of the first kind that go to one thread.
  ///   - nextTasks: of the second kind.
  ///   - nextBlock: neighbouring tasks of the second kind that go to one thread.
  ///   - body: the work of one task of the first kind.
  ///   - next: the work of one task of the second kind.
  package func forEach(
    below tasks: Int, block: Int = 1, thenBelow nextTasks: Int, nextBlock: Int,
    _ body: (_ task: Int, _ thread: Int) -> Void, next: (_ task: Int, _ thread: Int) -> Void
  ) {
    withoutActuallyEscaping(body) { body in
      withoutActuallyEscaping(next) { next in
        let first = TaskBoard.Job(tasks: tasks, block: block, body: body)
        let second = TaskBoard.Job(tasks: nextTasks, block: nextBlock, body: next)
        if count == 1 || tasks + nextTasks <= 1 || board.isAlone {
          board.runAlone(first, then: second)
        } else {
          board.run(first, then: second)
        }
      }
    }
  }

  /// For a task: returns once `isTrue` is, which another task makes so and then calls `announce()`.
  ///
  /// - Parameters:
  ///   - thread: of the task that waits.
  ///   - isTrue: loads with acquire ordering what the other task stored with release ordering.
  package func wait(thread: Int, until isTrue: () -> Bool) { board.wait(thread: thread, until: isTrue) }

  /// For a task: lets those look that wait for what it has just stored.
  package func announce() { board.announce() }
}
