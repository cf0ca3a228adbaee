import Machine
import Stage

/// Reads windows in training order. If memory suffices for two, it reads the next one while the current one is in use.
package struct WindowReader {
  private let stream: ExampleStream
  private let epochs: Int
  private let threads: Int
  private let visit: @Sendable (RowOrigins) throws -> Void
  private let readsAhead: Bool
  /// Position of the next window.
  private var following: (epoch: Int, window: Int)
  private var ahead: Prefetch<ExampleStream.Window>?
  /// The cache of a small set; nil for larger sets, or if memory is short.
  package let cache: WindowCache?

  /// Smallest memory for reading, in bytes: a window and the parts that are joined into it, and for each thread its
  /// shard, packed and unpacked.
  package static func neededBytes(_ stream: ExampleStream, threads: Int) -> Int {
    2 * (stream.largestWindow + threads * stream.largestShard)
  }

  /// Starts to read the first window.
  ///
  /// - Parameters:
  ///   - stream: the source of windows.
  ///   - epochs: number of epochs in the training.
  ///   - epoch: epoch of the first window.
  ///   - window: its number in the epoch.
  ///   - threads: number of threads for a window that the training waits for.
  ///   - budget: memory for reading ahead and for the cache, beside `neededBytes`.
  ///   - visit: called with the origins of all examples that are read, from any thread.
  package init(
    _ stream: ExampleStream, epochs: Int, epoch: Int, window: Int, threads: Int, budget: inout MemoryBudget,
    visit: @escaping @Sendable (RowOrigins) throws -> Void
  ) {
    self.stream = stream
    self.epochs = epochs
    self.threads = threads
    self.visit = visit
    following = (epoch, window)
    // One copy is the window in use, so the cache needs memory only for the others. With a cache, reading ahead
    // takes no further memory: the window stays in the cache anyway.
    let others = stream.images.copies.count - 1
    cache = stream.isSmall && budget.offers(others * stream.largestWindow) ? WindowCache() : nil
    readsAhead = cache != nil || budget.offers(stream.largestWindow)
    settle()
    ahead = reading(threads: threads).map { Prefetch($0) }
  }

  /// Waits for the next window.
  ///
  /// - Throws: as `ExampleStream.load`.
  package mutating func next() throws -> ExampleStream.Window {
    let window: ExampleStream.Window
    if let current = ahead {
      window = try current.take()
    } else if let read = reading(threads: threads) {
      window = try read()
    } else {
      preconditionFailure("no window is left")
    }
    following.window += 1
    settle()
    // The next read starts before this window is used, so reading and computing overlap.
    ahead = readsAhead ? reading(threads: 1).map { Prefetch($0) } : nil
    return window
  }

  /// Moves on to the next epoch after the last window of one. A checkpoint may point there too.
  private mutating func settle() {
    if following.window >= stream.windowCount(epoch: following.epoch) { following = (following.epoch + 1, 0) }
  }

  /// A closure that reads the next window; nil after the last epoch.
  private func reading(threads: Int) -> (@Sendable () throws -> ExampleStream.Window)? {
    let (epoch, window) = following
    guard epoch < epochs else { return nil }
    return { [stream, cache, visit] in
      try stream.load(epoch: epoch, window: window, threads: threads, cache: cache, visit: visit)
    }
  }
}
