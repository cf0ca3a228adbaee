import Foundation
import Synchronization

/// A system thread that runs one body. Unlike threads of Foundation and Dispatch it reports failure to start (a
/// container's process limit, no memory for a stack), so the caller can continue without it.
package final class WorkerThread: Sendable {
  private let thread: Handle
  private let isJoined = Atomic<Bool>(false)

  /// Starts a thread; nil if the system gives no thread.
  ///
  /// - Parameter body: called once, on the new thread.
  package init?(_ body: @escaping @Sendable () -> Void) {
    // Retained for the new thread, because `pthread_create` may return before the body starts.
    let argument = Unmanaged.passRetained(Body(run: body))
    #if canImport(Darwin)
      var created: pthread_t?
    #else
      var created = pthread_t()
    #endif
    let status = pthread_create(&created, nil, runWorkerThread, argument.toOpaque())
    guard status == 0 else {
      // No thread exists that would release it.
      argument.release()
      return nil
    }
    #if canImport(Darwin)
      guard let created else { return nil }
    #endif
    thread = Handle(value: created)
  }

  /// Waits until the body ends. Must be called at most once, and not on the thread itself.
  package func join() {
    // Relaxed is enough: the flag only detects a second call and publishes no data.
    precondition(!isJoined.exchange(true, ordering: .relaxed), "a thread is joined once")
    pthread_join(thread.value, nil)
  }

  deinit {
    // Otherwise the system would keep the thread's stack and status for a join that never comes.
    if !isJoined.load(ordering: .relaxed) { pthread_detach(thread.value) }
  }
}

/// `@unchecked Sendable`: on some systems the value is a pointer. It is passed only to the system and never
/// dereferenced here.
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
