import Stage

/// Reads windows in training order, each while the one before is in use.
package struct WindowReader {
  private let stream: ExampleStream
  private let epochs: Int
  private let visit: @Sendable (RowOrigins) throws -> Void
  private var following: (epoch: Int, window: Int)
  private var ahead: Prefetch<ExampleStream.Window>?

  /// Starts to read the first window.
  ///
  /// - Parameters:
  ///   - stream: the source of windows.
  ///   - epochs: number of epochs in the training.
  ///   - epoch: of the first window.
  ///   - window: its number in the epoch.
  ///   - threads: for the first window, because the training waits for it.
  ///   - visit: called with the origins of all examples that are read, from any thread.
  package init(
    _ stream: ExampleStream, epochs: Int, epoch: Int, window: Int, threads: Int,
    visit: @escaping @Sendable (RowOrigins) throws -> Void
  ) {
    self.stream = stream
    self.epochs = epochs
    self.visit = visit
    following = (epoch, window)
    fetch(threads: threads)
  }

  /// Waits for the next window.
  ///
  /// - Throws: as `ExampleStream.load`.
  package mutating func next() throws -> ExampleStream.Window {
    // Nothing is prefetched after the last epoch: a caller that asks for more waits for this read.
    guard let current = ahead else {
      return try stream.load(epoch: following.epoch, window: following.window, visit: visit)
    }
    // The next read starts before this window is used, so reading and computing overlap.
    let window = try current.take()
    fetch()
    return window
  }

  /// Starts to read the following window, if the training has one.
  private mutating func fetch(threads: Int = 1) {
    ahead = nil
    // Needed at the start too: a checkpoint at the end of an epoch points past its last window.
    if following.window >= stream.windowCount(epoch: following.epoch) { following = (following.epoch + 1, 0) }
    guard following.epoch < epochs else { return }
    let (epoch, window) = following
    ahead = Prefetch { [stream, visit] in
      try stream.load(epoch: epoch, window: window, threads: threads, visit: visit)
    }
    following.window += 1
  }
}
