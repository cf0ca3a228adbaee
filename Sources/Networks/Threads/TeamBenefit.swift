/// Whether a team's other threads are worth waiting for.
///
/// Where another process has one of their cores, a round waits for the task that stands still on it, a turn of some
/// milliseconds each time, and the caller alone would be faster. So what they save and what they cost is summed up
/// over the last rounds, and while they cost more the caller works alone, to try them again after a pause.
package struct TeamBenefit: Sendable {
  /// How long a round is remembered: several turns of another process, so that one of them decides nothing.
  private static let memory = 0.03
  /// How much faster than the caller alone a round must be: a core that others want costs more than the round shows.
  private static let margin = 1.15
  /// Seconds after which a try counts as a success: tens of turns.
  private static let trial = 0.3
  /// How long the caller first works alone, and at most: then a try, which may cost a turn, is a small part of it.
  private static let pauses = 0.02...0.5

  /// Seconds that the others saved in the last rounds.
  private var saved = 0.0
  /// Seconds since they were last tried again.
  private var tried = 0.0
  /// Seconds that the caller is to work alone from now on, and would be after the next failure.
  private var pause = 0.0
  private var nextPause = pauses.lowerBound

  /// Nothing measured yet.
  package init() {}

  /// Whether the caller is to work alone.
  package var isAlone: Bool { pause > 0 }

  /// Takes note of a round that the caller did alone.
  ///
  /// - Parameter seconds: it took.
  package mutating func recordAlone(seconds: Double) {
    pause = max(0, pause - seconds)
    if pause == 0 { (saved, tried) = (0, 0) }
  }

  /// Takes note of a round with the others.
  ///
  /// - Parameters:
  ///   - busy: seconds that the caller worked.
  ///   - waited: seconds that it waited for others, at the end or within a task.
  ///   - share: of the tasks, which the caller did, above 0.
  package mutating func record(busy: Double, waited: Double, share: Double) {
    let round = busy + waited
    // Alone, the caller had needed its own time for all tasks.
    saved = saved * max(0, 1 - round / Self.memory) + busy / share - Self.margin * round
    tried += round
    if saved < 0 {
      pause = nextPause
      nextPause = min(2 * nextPause, Self.pauses.upperBound)
    } else if tried > Self.trial {
      nextPause = Self.pauses.lowerBound
    }
  }
}
