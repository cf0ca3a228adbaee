import Foundation
import Synchronization

/// SIGINT and SIGTERM: remembered, and acted upon at the next safe point.
package enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Asks for graceful stops from now on. A second signal ends the program at once.
  package static func install() {
    // A parent may hand down a mask that blocks them, as threads of Dispatch do.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        Interruption.received.store(number, ordering: .relaxed)
      }
      // Reset on delivery, so that an impatient second Ctrl-C is not held up by a slow safe point.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_RESTART)
      sigaction(signal, &action, nil)
    }
  }

  package static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// - Throws: `StageError.interrupted` once a signal has come.
  package static func check() throws {
    let signal = received.load(ordering: .relaxed)
    if signal != 0 { throw StageError.interrupted(signal: signal) }
  }
}
