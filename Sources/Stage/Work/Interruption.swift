import Foundation
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: remembered, and acted upon at the next safe point.
package enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  private static let received = Atomic<Int32>(0)

  /// Asks for graceful stops from now on. A second signal ends the program at once.
  package static func install() {
    // A parent may hand down a mask that blocks them, as threads of Dispatch do.
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    // All three in the same way: a lost terminal is no reason to lose two thousand steps.
    for signal in signals {
      var action = sigaction()
      sigaction(signal, nil, &action)
      // What was started by nohup is not to hear of the terminal's end.
      if signal == SIGHUP, isIgnored(action) { continue }
      action = sigaction()
      // Relaxed: the number stands for itself, and nothing else is read because of it.
      action.__sigaction_handler.sa_handler = { number in
        Interruption.received.store(number, ordering: .relaxed)
      }
      // Reset on delivery, so that an impatient second Ctrl-C is not held up by a slow safe point.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_RESTART)
      sigaction(signal, &action, nil)
    }
  }

  /// Whether a signal has come.
  package static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// - Throws: `StageError.interrupted` once a signal has come.
  package static func check() throws {
    let signal = received.load(ordering: .relaxed)
    if signal != 0 { throw StageError.interrupted(signal: signal) }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    // SIG_IGN is 1, a macro that Swift cannot compare a function with.
    withUnsafeBytes(of: action.__sigaction_handler) { $0.load(as: UInt.self) == 1 }
  }
}
