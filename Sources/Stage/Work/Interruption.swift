import Foundation
import Synchronization

/// Records SIGINT, SIGTERM and SIGHUP, so that the program stops at the next safe point.
package enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  private static let received = Atomic<Int32>(0)

  /// Installs the handlers. A second signal of the same kind ends the program at once.
  package static func install() {
    // A parent process may pass on a mask that blocks these signals; threads of Dispatch, for example, block them.
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    // SIGHUP is handled like the others, so that a lost terminal does not lose the steps since the last checkpoint.
    for signal in signals {
      var action = sigaction()
      sigaction(signal, nil, &action)
      // A program started by nohup ignores SIGHUP, and must continue to.
      if signal == SIGHUP, isIgnored(action) { continue }
      action = sigaction()
      // Only async-signal-safe work is allowed in a handler. Relaxed ordering suffices, because no other data depend
      // on the number.
      action.__sigaction_handler.sa_handler = { number in
        Interruption.received.store(number, ordering: .relaxed)
      }
      // SA_RESETHAND restores the default action, so that a second Ctrl-C need not wait for a slow safe point.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_RESTART)
      sigaction(signal, &action, nil)
    }
  }

  /// Whether a signal has arrived.
  package static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// A safe point.
  ///
  /// - Throws: `StageError.interrupted` once a signal has arrived.
  package static func check() throws {
    let signal = received.load(ordering: .relaxed)
    if signal != 0 { throw StageError.interrupted(signal: signal) }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    // SIG_IGN is a macro with the value 1, which Swift cannot compare with a function, so the bits are compared.
    withUnsafeBytes(of: action.__sigaction_handler) { $0.load(as: UInt.self) == 1 }
  }
}
