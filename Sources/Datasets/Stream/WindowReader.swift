import Stage

/// Windows in the order of a training, each read while the one before is worked on.
package struct WindowReader {
  private let stream: ExampleStream
  private let epochs: Int
  private let visit: @Sendable (RowOrigins) throws -> Void
  private var following: (epoch: Int, window: Int)
  private var ahead: Prefetch<ExampleStream.Window>?

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - stream: whose windows are read.
  ///   - epochs: of the whole training.
  ///   - epoch: of the first window.
  ///   - window: its number in the epoch.
  ///   - threads: for the first window, which the training has to wait for.
  ///   - visit: sees the origins of all examples that are read.
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

  /// The next window, when it is there.
  ///
  /// - Throws: as `ExampleStream.load`.
  package mutating func next() throws -> ExampleStream.Window {
    guard let current = ahead else {
      return try stream.load(epoch: following.epoch, window: following.window, visit: visit)
    }
    // The next is begun before this one is used, so that reading and arithmetic overlap.
    let window = try current.take()
    fetch()
    return window
  }

  private mutating func fetch(threads: Int = 1) {
    ahead = nil
    // Also at the start: a checkpoint at the end of an epoch points behind its last window.
    if following.window >= stream.windowCount(epoch: following.epoch) { following = (following.epoch + 1, 0) }
    guard following.epoch < epochs else { return }
    let (epoch, window) = following
    ahead = Prefetch { [stream, visit] in
      try stream.load(epoch: epoch, window: window, threads: threads, visit: visit)
    }
    following.window += 1
  }
}
