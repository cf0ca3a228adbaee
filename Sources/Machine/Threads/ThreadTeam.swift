/// Persistent threads for the many short tasks of a training step. A round starts and ends within about a
/// microsecond, because waiting threads poll for a while before they sleep.
///
/// `@unchecked Sendable`: only the thread that creates, uses and stops the team touches `workers`.
package final class ThreadTeam: @unchecked Sendable {
  /// Starts a thread with a body; returns nil if the system gives no thread.
  package typealias Starter = (_ body: @escaping @Sendable () -> Void) -> WorkerThread?

  /// Number of threads including the caller's: at most as requested, limited by the processors and by the threads
  /// that the system gave.
  package let count: Int
  private let board: TaskBoard
  private var workers: [WorkerThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - threads: requested number, including the caller's thread.
  ///   - processors: available processors. More threads than these would only take turns, because all tasks compute.
  ///   - benefit: judges whether the other threads are worth waiting for; nil to use them always.
  ///   - start: starts one thread.
  package init(
    threads: Int, processors: Int = Processors.count, benefit: TeamBenefit? = TeamBenefit(),
    start: Starter = { WorkerThread($0) }
  ) {
    let threads = max(1, min(threads, processors))
    board = TaskBoard(threads: threads, benefit: benefit)
    // Fewer threads give the same result, and asking again would hardly give more.
    while workers.count + 1 < threads {
      let worker = start { [board, thread = workers.count + 1] in board.work(thread: thread) }
      guard let worker else { break }
      workers.append(worker)
    }
    count = workers.count + 1
    board.threads = count
  }

  deinit { stop() }

  /// Ends the threads. The team must not be used afterwards.
  package func stop() {
    guard !workers.isEmpty else { return }
    board.stop()
    for worker in workers { worker.join() }
    workers = []
  }

  /// Calls `body` for each index below `tasks`, on all threads, and returns when all calls are done. A task goes to
  /// the same thread in every round, whose cache may still hold its data, unless another thread is idle. So the
  /// result of a task must depend on its index alone. `body` also gets the number of its thread, below `count`, to
  /// select buffers that only one task may use at a time. Denormal numbers count as zero during the calls.
  ///
  /// - Parameters:
  ///   - tasks: number of tasks.
  ///   - block: number of neighbouring tasks that go to one thread.
  ///   - body: the work of one task; must not use the team itself except `wait` and `announce`.
  package func forEach(below tasks: Int, block: Int = 1, _ body: (_ task: Int, _ thread: Int) -> Void) {
    forEach(below: tasks, block: block, thenBelow: 0, nextBlock: 1, body) { _, _ in }
  }

  /// Runs two kinds of tasks. A thread begins with the second kind after all tasks of the first kind have been
  /// started, so the second may wait for the first (`wait(thread:until:)`).
  ///
  /// - Parameters:
  ///   - tasks: number of tasks of the first kind.
  ///   - block: number of neighbouring tasks of the first kind that go to one thread.
  ///   - nextTasks: number of tasks of the second kind.
  ///   - nextBlock: number of neighbouring tasks of the second kind that go to one thread.
  ///   - body: the work of one task of the first kind.
  ///   - next: the work of one task of the second kind.
  package func forEach(
    below tasks: Int, block: Int = 1, thenBelow nextTasks: Int, nextBlock: Int,
    _ body: (_ task: Int, _ thread: Int) -> Void, next: (_ task: Int, _ thread: Int) -> Void
  ) {
    // Safe: `run` returns only after the last task, and clears `jobs` before it does.
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

  /// For a task: returns once `isTrue` is true. Another task makes it true and then calls `announce()`.
  ///
  /// - Parameters:
  ///   - thread: number of the waiting task's thread.
  ///   - isTrue: loads with acquire ordering; the other task stores with release ordering.
  package func wait(thread: Int, until isTrue: () -> Bool) { board.wait(thread: thread, until: isTrue) }

  /// For a task: wakes tasks that wait for its last store.
  package func announce() { board.announce() }
}
