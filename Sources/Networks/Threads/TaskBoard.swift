import CSystem
import Stage
import Synchronization

/// What the threads of a team share: the tasks of a round, who has taken which, and where they wait for each other.
///
/// A round ends when its tasks are done, not when its threads are: a thread that comes late, because it slept or
/// because its core was taken from it, finds nothing left and delays nobody.
///
/// `@unchecked Sendable`: `jobs` is written by the caller while no task of a round is taken or left to take, and read
/// by a thread between taking a task and reporting it done.
final class TaskBoard: @unchecked Sendable {
  /// Looks before a thread sleeps, 50 microseconds: longer than most gaps within a step, shorter than a turn of another
  /// process.
  private static let patience = 2000
  /// Integers in a cache line, and in its neighbour that is fetched with it.
  private static let line = 16
  /// Below these bits of a count of tasks is the count, above them the round.
  private static let countBits = 24

  /// Tasks with one body.
  struct Job {
    var tasks = 0
    /// Neighbouring tasks that belong to one thread.
    var block = 1
    var body: ((_ task: Int, _ thread: Int) -> Void)?

    /// Tasks that belong to a thread.
    func count(of owner: Int, among threads: Int) -> Int {
      let blocks = (tasks + block - 1) / block
      let own = (blocks - owner + threads - 1) / threads
      let isLast = own > 0 && (blocks - 1) % threads == owner
      return own * block - (isLast ? blocks * block - tasks : 0)
    }
  }

  /// Threads among which tasks are divided, the caller's among them; set before the first round.
  var threads = 1
  /// Whether the other threads are worth waiting for; for the caller alone.
  private var benefit: TeamBenefit?
  private let clock = SuspendingClock()
  /// Seconds of this round, for the caller alone.
  private var callerWaited = 0.0
  private var jobs = (Job(), Job())
  /// How many of each thread's tasks are left, of both jobs, with the number of the round; each thread's counts in a
  /// cache line of their own.
  private let left: UnsafeMutablePointer<Atomic<Int>>
  private let slots: Int
  private let round = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)
  private let begun = Gate(patience: patience)
  private let progressed = Gate(patience: patience)

  /// - Parameters:
  ///   - threads: at most that many.
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

  /// Does both jobs, the second after the first, with all threads; the caller is thread 0.
  func run(_ first: Job, then second: Job) {
    let start = clock.now
    callerWaited = 0
    let number = begin(first, second)
    let done = take(round: number, thread: 0)
    // Nobody acquires what the caller's own tasks wrote before it begins the next round.
    unfinished.subtract(done, ordering: .relaxed)
    // Acquires what the tasks of other threads wrote.
    wait(thread: 0) { unfinished.load(ordering: .acquiring) == 0 }
    if done > 0 {
      benefit?.record(
        busy: (clock.now - start).seconds - callerWaited, waited: callerWaited,
        share: Double(done) / Double(first.tasks + second.tasks))
    }
    // The bodies must not outlive the call that lent them.
    jobs = (Job(), Job())
  }

  /// Whether the caller is to work alone for a while.
  var isAlone: Bool { benefit?.isAlone ?? false }

  /// Does both jobs on the caller's thread.
  func runAlone(_ first: Job, then second: Job) {
    let mode = dk_flush_denormals()
    defer { dk_restore_float_mode(mode) }
    let start = clock.now
    for job in [first, second] {
      for task in 0..<job.tasks { job.body?(task, 0) }
    }
    if isAlone { benefit?.recordAlone(seconds: (clock.now - start).seconds) }
  }

  /// Returns once `isTrue` is, for a task on a thread that waits for another task; see `announce`.
  func wait(thread: Int, until isTrue: () -> Bool) {
    if isTrue() { return }
    let start = clock.now
    progressed.wait(until: isTrue)
    if thread == 0 { callerWaited += (clock.now - start).seconds }
  }

  /// To be called after a change that a task waits for.
  func announce() { progressed.open() }

  /// The life of a thread other than the caller's: one round after the other until `stop`.
  func work(thread: Int) {
    var seen = 0
    while true {
      begun.wait { round.load(ordering: .acquiring) != seen }
      // Acquires the tasks, `threads` and `isStopped`. Rounds that this thread has slept through are over.
      seen = round.load(ordering: .acquiring)
      // Ordered by the load of `round` above.
      if isStopped.load(ordering: .relaxed) { return }
      let done = take(round: seen, thread: thread)
      // Releases what the tasks wrote to the caller, which may write `jobs` from now on.
      if done > 0, unfinished.subtract(done, ordering: .releasing).newValue == 0 { progressed.open() }
    }
  }

  /// Ends the threads.
  func stop() {
    // Released with the round that never comes.
    isStopped.store(true, ordering: .relaxed)
    round.add(1, ordering: .releasing)
    begun.open()
  }

  private func begin(_ first: Job, _ second: Job) -> Int {
    precondition(max(first.tasks, second.tasks) < 1 << Self.countBits, "too many tasks")
    // The caller reads what it wrote itself.
    let number = round.load(ordering: .relaxed) + 1
    jobs = (first, second)
    // All of this is released with the round below.
    unfinished.store(first.tasks + second.tasks, ordering: .relaxed)
    for owner in 0..<threads {
      for (counter, job) in [first, second].enumerated() {
        left[owner * Self.line + counter].store(
          number << Self.countBits | job.count(of: owner, among: threads), ordering: .relaxed)
      }
    }
    // Releases the tasks, and what earlier rounds wrote, to the threads that wait.
    round.store(number, ordering: .releasing)
    begun.open()
    return number
  }

  /// Takes tasks until none of a round is left, of its own first.
  ///
  /// Not to be inlined: what it has retained of `jobs` is released when it returns, before the caller of `run` takes
  /// its closures back.
  ///
  /// - Returns: how many it has done.
  @inline(never)
  private func take(round: Int, thread: Int) -> Int {
    // Momentum that dies away would else stay a denormal number for ever, and each costs a hundred times the work of
    // another. The mode is the arithmetic's, not the thread's: the caller may be anybody.
    let mode = dk_flush_denormals()
    defer { dk_restore_float_mode(mode) }
    var done = 0
    for counter in 0...1 {
      for distance in 0..<threads {
        let owner = (thread + distance) % threads
        while let count = claim(round, of: owner, counter) {
          let job = counter == 0 ? jobs.0 : jobs.1
          let position = job.count(of: owner, among: threads) - count
          let (turn, place) = position.quotientAndRemainder(dividingBy: job.block)
          job.body?((turn * threads + owner) * job.block + place, thread)
          done += 1
        }
      }
    }
    return done
  }

  /// Takes one of a thread's tasks of a round.
  ///
  /// - Returns: how many were left with it; nil if none was, or if the round is over.
  private func claim(_ round: Int, of owner: Int, _ counter: Int) -> Int? {
    let slot = left + owner * Self.line + counter
    // The exchange decides, so this may read an old count.
    var found = slot.pointee.load(ordering: .relaxed)
    while found >> Self.countBits == round, found & (1 << Self.countBits - 1) > 0 {
      // Only says whose the task is. This thread acquired what the task reads when it saw the round that the count
      // bears, and the caller changes none of it before the task is reported done.
      let (isMine, current) = slot.pointee.weakCompareExchange(
        expected: found, desired: found - 1, ordering: .relaxed)
      if isMine { return found & (1 << Self.countBits - 1) }
      found = current
    }
    return nil
  }
}
