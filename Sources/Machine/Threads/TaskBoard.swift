import CSystem
import Synchronization

/// The state shared by the threads of a team: the tasks of a round, the claims on them, and the gates where threads
/// wait for each other.
///
/// A round ends when its tasks are done, not when its threads are: a thread that comes late, because it slept or lost
/// its core, finds no task left and delays nobody.
///
/// `@unchecked Sendable`: the caller writes `jobs` only while no task of a round is running or left, and a thread
/// reads it only between claiming a task and reporting it done.
final class TaskBoard: @unchecked Sendable {
  /// Polls before a thread sleeps, about 50 microseconds: longer than most gaps within a step, shorter than a time
  /// slice of another process.
  private static let patience = 2000
  /// Integers in a cache line and in the neighbouring line that processors fetch with it.
  private static let line = 16
  /// A counter holds the number of tasks in the low 24 bits and the number of the round above them.
  private static let countBits = 24

  /// Tasks that run the same body.
  struct Job {
    var tasks = 0
    /// Number of neighbouring tasks that belong to one thread.
    var block = 1
    var body: ((_ task: Int, _ thread: Int) -> Void)?

    /// Number of tasks that belong to a thread.
    func count(of owner: Int, among threads: Int) -> Int {
      // Blocks are dealt out in turn: block b belongs to thread b mod threads. Only the last block may be short.
      let blocks = (tasks + block - 1) / block
      let own = (blocks - owner + threads - 1) / threads
      let isLast = own > 0 && (blocks - 1) % threads == owner
      return own * block - (isLast ? blocks * block - tasks : 0)
    }
  }

  /// Number of threads including the caller's; set before the first round.
  var threads = 1
  /// Judges whether the other threads are worth waiting for; used by the caller only.
  private var benefit: TeamBenefit?
  private let clock = SuspendingClock()
  /// Seconds that the caller has waited in this round; used by the caller only.
  private var callerWaited = 0.0
  private var jobs = (Job(), Job())
  /// [threads, line]: the tasks that each thread has left of the first and of the second job, with the number of the
  /// round. Padded, so that the counters of two threads share no cache line.
  private let left: UnsafeMutablePointer<Atomic<Int>>
  private let slots: Int
  private let round = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)
  private let begun = Gate(patience: patience)
  private let progressed = Gate(patience: patience)

  /// - Parameters:
  ///   - threads: upper limit of `threads`.
  ///   - benefit: judges whether the other threads are worth waiting for; nil to use them always.
  init(threads: Int, benefit: TeamBenefit?) {
    self.benefit = benefit
    slots = threads * Self.line
    left = .allocate(capacity: slots)
    for place in 0..<slots { (left + place).initialize(to: Atomic(0)) }
  }

  deinit {
    left.deinitialize(count: slots)
    left.deallocate()
  }

  /// Runs both jobs, the second after the first, on all threads; the caller is thread 0.
  func run(_ first: Job, then second: Job) {
    let start = clock.now
    callerWaited = 0
    let number = begin(first, second)
    let done = take(round: number, thread: 0)
    // Relaxed: nobody acquires the results of the caller's own tasks before it begins the next round.
    unfinished.subtract(done, ordering: .relaxed)
    // Acquires the results of the other threads.
    wait(thread: 0) { unfinished.load(ordering: .acquiring) == 0 }
    // Without a task of its own the caller has no rate by which to judge the others.
    if done > 0 {
      benefit?.record(
        busy: (clock.now - start).seconds - callerWaited, waited: callerWaited,
        share: Double(done) / Double(first.tasks + second.tasks))
    }
    // The bodies must not outlive the call that lent them.
    jobs = (Job(), Job())
  }

  /// Whether the caller should work alone for a while.
  var isAlone: Bool { benefit?.isAlone ?? false }

  /// Runs both jobs on the caller's thread.
  func runAlone(_ first: Job, then second: Job) {
    let mode = dk_flush_denormals()
    defer { dk_restore_float_mode(mode) }
    let start = clock.now
    for job in [first, second] {
      for task in 0..<job.tasks { job.body?(task, 0) }
    }
    if isAlone { benefit?.recordAlone(seconds: (clock.now - start).seconds) }
  }

  /// Returns once `isTrue` is true; for a task that waits for another task. See `announce`.
  func wait(thread: Int, until isTrue: () -> Bool) {
    // The clock is read only for real waits: most conditions hold at once.
    if isTrue() { return }
    let start = clock.now
    progressed.wait(until: isTrue)
    if thread == 0 { callerWaited += (clock.now - start).seconds }
  }

  /// Wakes tasks that wait; to be called after a change that they wait for.
  func announce() { progressed.open() }

  /// The main loop of every thread except the caller's: one round after the other until `stop`.
  func work(thread: Int) {
    var seen = 0
    while true {
      begun.wait { round.load(ordering: .acquiring) != seen }
      // Acquires the tasks, `threads` and `isStopped`. Rounds that this thread has slept through are over.
      seen = round.load(ordering: .acquiring)
      // Relaxed, because the load of `round` above orders it.
      if isStopped.load(ordering: .relaxed) { return }
      let done = take(round: seen, thread: thread)
      // Releases the results of the tasks to the caller, which may write `jobs` from now on.
      if done > 0, unfinished.subtract(done, ordering: .releasing).newValue == 0 { progressed.open() }
    }
  }

  /// Ends the threads.
  func stop() {
    // Released with the round number below, which no round belongs to.
    isStopped.store(true, ordering: .relaxed)
    round.add(1, ordering: .releasing)
    begun.open()
  }

  private func begin(_ first: Job, _ second: Job) -> Int {
    precondition(max(first.tasks, second.tasks) < 1 << Self.countBits, "too many tasks")
    // Relaxed, because only the caller writes it.
    let number = round.load(ordering: .relaxed) + 1
    jobs = (first, second)
    // Relaxed: these stores are released together with `round` below.
    unfinished.store(first.tasks + second.tasks, ordering: .relaxed)
    for owner in 0..<threads {
      for (counter, job) in [first, second].enumerated() {
        left[owner * Self.line + counter].store(
          number << Self.countBits | job.count(of: owner, among: threads), ordering: .relaxed)
      }
    }
    // Releases the tasks, and the results of earlier rounds, to the waiting threads.
    round.store(number, ordering: .releasing)
    begun.open()
    return number
  }

  /// Claims and runs tasks until none of a round is left, the thread's own tasks first.
  ///
  /// Not inlined: the references to closures that it retains from `jobs` are released when it returns, before the
  /// caller of `run` takes its closures back.
  ///
  /// - Returns: number of tasks done.
  @inline(never)
  private func take(round: Int, thread: Int) -> Int {
    // Otherwise momentum that decays would stay a denormal number for ever, at a hundred times the cost of a normal
    // one. The mode is set for each round, because the caller may be any thread with a mode of its own.
    let mode = dk_flush_denormals()
    defer { dk_restore_float_mode(mode) }
    var done = 0
    // All first tasks are claimed before any second one, so a second task may wait for first ones without deadlock.
    for counter in 0...1 {
      for distance in 0..<threads {
        let owner = (thread + distance) % threads
        while let count = claim(round, of: owner, counter) {
          let job = counter == 0 ? jobs.0 : jobs.1
          // Claims count down; the position counts up, so a thread works through its tasks in ascending order.
          let position = job.count(of: owner, among: threads) - count
          let (turn, place) = position.quotientAndRemainder(dividingBy: job.block)
          // The inverse of the deal above: the block's turn, then the owner, then the place within the block.
          job.body?((turn * threads + owner) * job.block + place, thread)
          done += 1
        }
      }
    }
    return done
  }

  /// Claims one of a thread's tasks of a round.
  ///
  /// - Returns: number of tasks that were left, this one included; nil if none was left or the round is over.
  private func claim(_ round: Int, of owner: Int, _ counter: Int) -> Int? {
    let slot = left + owner * Self.line + counter
    // Relaxed, and possibly out of date: the exchange below decides.
    var found = slot.pointee.load(ordering: .relaxed)
    while found >> Self.countBits == round, found & (1 << Self.countBits - 1) > 0 {
      // Relaxed: it only settles who owns the task. This thread acquired the task's inputs together with the round
      // number that the count bears, and the caller changes none of them before the task is reported done. The round
      // number also prevents a late thread from claiming a task of the next round.
      let (isMine, current) = slot.pointee.weakCompareExchange(
        expected: found, desired: found - 1, ordering: .relaxed)
      if isMine { return found & (1 << Self.countBits - 1) }
      found = current
    }
    return nil
  }
}
