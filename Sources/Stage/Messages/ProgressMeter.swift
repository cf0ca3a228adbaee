import Foundation
import Synchronization

/// Progress of one task, with rate and remaining time: a bar on a terminal, otherwise a line every ten seconds.
package final class ProgressMeter: Sendable {
  private struct State {
    var done = 0
    var total: Int
    var shown = ContinuousClock.now
  }

  private let label: String
  private let unit: String
  private let console: Console
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Starts the clock.
  ///
  /// - Parameters:
  ///   - label: name of the task, shown before each line.
  ///   - total: amount of work to do, in `unit`s.
  ///   - unit: in plural, such as `images`.
  ///   - console: destination of the progress lines.
  package init(_ label: String, total: Int, unit: String, console: Console) {
    self.label = label
    state = Mutex(State(total: total))
    self.unit = unit
    self.console = console
  }

  /// Subtracts work that was done in an earlier run.
  package func skip(_ amount: Int) { state.withLock { $0.total -= amount } }

  /// Counts finished work and shows the progress when it is due, followed by `detail`.
  package func advance(by amount: Int, detail: @autoclosure () -> String = "") {
    // Before reading the clock, because callers may count very often.
    guard !console.isQuiet else { return }
    let interval: Duration = console.isTerminal ? .milliseconds(100) : .seconds(10)
    let now = ContinuousClock.now
    let due: State? = state.withLock {
      $0.done += amount
      guard now - $0.shown >= interval else { return nil }
      // Updated under the lock, so that only one of many threads draws.
      $0.shown = now
      return $0
    }
    // Outside the lock, so that a slow terminal delays one thread and not all.
    guard let due else { return }
    let text = line(done: due.done, total: due.total, seconds: (now - start).seconds) + detail()
    if console.isTerminal {
      console.showBar(text)
    } else {
      console.note(text)
    }
  }

  /// Seconds since the start.
  package var seconds: Double { (ContinuousClock.now - start).seconds }

  private func line(done: Int, total: Int, seconds: Double) -> String {
    let rate = Double(done) / max(seconds, 1e-9)
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
    let left = Format.duration(Double(max(0, total - done)) / max(rate, 1e-9))
    let text = "\(Int(share * 100))% \(done)/\(total) \(unit), \(Format.count(rate)) \(unit)/s, \(left) left"
    // The bar fills the space beside the numbers; 30 columns are left for punctuation and the detail.
    let cells = console.isTerminal ? min(20, console.width - label.count - text.count - 30) : 0
    guard cells >= 5 else { return "\(label): \(text)" }
    let filled = Int(share * Double(cells))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: cells - filled)
    return "\(label): [\(bar)] \(text)"
  }
}
