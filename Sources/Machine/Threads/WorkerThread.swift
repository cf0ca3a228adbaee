import Foundation
import Synchronization

/// A thread of the system with one body. Unlike Foundation's and Dispatch's it says when there is none to be had (a
/// container's limit on processes, no memory for a stack), so that who wanted it can go on without.
package final class WorkerThread: Sendable {
  private let thread: Handle
  private let isJoined = Atomic<Bool>(false)

  /// Starts a thread; nil if the system has none to give.
  ///
  /// - Parameter body: called once, on that thread.
  package init?(_ body: @escaping @Sendable () -> Void) {
    // Held until the thread has taken it over: the system hands back before the body begins.
    let argument = Unmanaged.passRetained(Body(run: body))
    #if canImport(Darwin)
      var created: pthread_t?
    #else
      var created = pthread_t()
    #endif
    let status = pthread_create(&created, nil, runWorkerThread, argument.toOpaque())
    guard status == 0 else {
      // There is no thread that would.
      argument.release()
      return nil
    }
    #if canImport(Darwin)
      guard let created else { return nil }
    #endif
    thread = Handle(value: created)
  }

  /// Waits for the end of the body; to be called once at most, and not on the thread itself.
  package func join() {
    // Nothing is published by it: it only tells a second call.
    precondition(!isJoined.exchange(true, ordering: .relaxed), "a thread is joined once")
    pthread_join(thread.value, nil)
  }

  deinit {
    // Else what the system keeps for a join would stay.
    if !isJoined.load(ordering: .relaxed) { pthread_detach(thread.value) }
  }
}

/// `@unchecked Sendable`: on some systems a pointer, which is only handed back to the system.
private struct Handle: @unchecked Sendable {
  let value: pthread_t
}

private final class Body: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}

#if canImport(Darwin)
  private func runWorkerThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#else
  private func runWorkerThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
  }
#endif
