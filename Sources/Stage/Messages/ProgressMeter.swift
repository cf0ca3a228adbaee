import Foundation
import Synchronization

/// Progress of one piece of work, with rate and time left: a bar on a terminal, now and then a line elsewhere.
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

  /// The work begins now.
  ///
  /// - Parameters:
  ///   - label: what is being done, set before each line.
  ///   - total: in `unit`s, those that remain to be done.
  ///   - unit: in plural, such as `images`.
  ///   - console: where it is shown.
  package init(_ label: String, total: Int, unit: String, console: Console) {
    self.label = label
    state = Mutex(State(total: total))
    self.unit = unit
    self.console = console
  }

  /// Leaves out work that was done in an earlier run.
  package func skip(_ amount: Int) { state.withLock { $0.total -= amount } }

  /// Counts work done; `detail` is shown behind it.
  package func advance(by amount: Int, detail: @autoclosure () -> String = "") {
    // Asked before the clock: a shard stage may count a million times a second.
    guard !console.isQuiet else { return }
    let interval: Duration = console.isTerminal ? .milliseconds(100) : .seconds(10)
    let now = ContinuousClock.now
    let due: State? = state.withLock {
      $0.done += amount
      guard now - $0.shown >= interval else { return nil }
      // Set under the lock, so that of many threads one draws.
      $0.shown = now
      return $0
    }
    // Outside the lock: a slow terminal holds up one thread, not all.
    guard let due else { return }
    let text = line(done: due.done, total: due.total, seconds: (now - start).seconds) + detail()
    if console.isTerminal {
      console.showBar(text)
    } else {
      console.note(text)
    }
  }

  /// Seconds since the work began.
  package var seconds: Double { (ContinuousClock.now - start).seconds }

  private func line(done: Int, total: Int, seconds: Double) -> String {
    let rate = Double(done) / max(seconds, 1e-9)
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
    let left = Format.duration(Double(max(0, total - done)) / max(rate, 1e-9))
    let text = "\(Int(share * 100))% \(done)/\(total) \(unit), \(Format.count(rate)) \(unit)/s, \(left) left"
    // The bar has what room the terminal leaves beside the numbers.
    let cells = console.isTerminal ? min(20, console.width - label.count - text.count - 30) : 0
    guard cells >= 5 else { return "\(label): \(text)" }
    let filled = Int(share * Double(cells))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: cells - filled)
    return "\(label): [\(bar)] \(text)"
  }
}

extension Duration {
  /// In seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
