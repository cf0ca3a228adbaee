/// Decides whether the other threads of a team are worth waiting for.
///
/// If another process occupies one of their cores, a round waits for the task that is stuck there, a time slice of
/// some milliseconds each time, and the caller alone would be faster. So time saved and time lost are summed over the
/// last rounds. While the loss is larger, the caller works alone, and tries the others again after a pause.
package struct TeamBenefit: Sendable {
  /// Seconds for which a round counts: several time slices, so that a single one decides nothing.
  private static let memory = 0.03
  /// Required speed-up over the caller alone: a contested core costs more than the round itself shows.
  private static let margin = 1.15
  /// Seconds of work with the others after which a new try counts as a success: tens of time slices.
  private static let trial = 0.3
  /// Seconds that the caller works alone, at first and at most. A failed try may cost a time slice, a small part of
  /// such a pause.
  private static let pauses = 0.02...0.5

  /// Seconds saved by the other threads in the last rounds, negative for a loss.
  private var saved = 0.0
  /// Seconds of work with the other threads since the last pause.
  private var tried = 0.0
  /// Seconds of work alone that are left; below, the length of the next pause.
  private var pause = 0.0
  private var nextPause = pauses.lowerBound

  /// Starts without measurements.
  package init() {}

  /// Whether the caller should work alone.
  package var isAlone: Bool { pause > 0 }

  /// Records a round that the caller worked alone.
  ///
  /// - Parameter seconds: duration of the round.
  package mutating func recordAlone(seconds: Double) {
    pause = max(0, pause - seconds)
    if pause == 0 { (saved, tried) = (0, 0) }
  }

  /// Records a round with the other threads.
  ///
  /// - Parameters:
  ///   - busy: seconds that the caller worked.
  ///   - waited: seconds that the caller waited for others, at the end or within a task.
  ///   - share: share of the tasks that the caller did, above 0.
  package mutating func record(busy: Double, waited: Double, share: Double) {
    let round = busy + waited
    // Alone, the caller would have needed busy / share for all tasks. The old sum decays by round / memory, so the
    // sum covers about the last `memory` seconds.
    saved = saved * max(0, 1 - round / Self.memory) + busy / share - Self.margin * round
    tried += round
    if saved < 0 {
      pause = nextPause
      // Doubled after each failure, as in exponential backoff.
      nextPause = min(2 * nextPause, Self.pauses.upperBound)
    } else if tried > Self.trial {
      nextPause = Self.pauses.lowerBound
    }
  }
}
