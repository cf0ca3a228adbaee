import Datasets
import Machine
import Stage
import Synchronization
import TestSupport
import Testing

/// What memory there is changes when windows are read, and nothing in them.
@Suite struct WindowReaderTests {
  private static let labels = (0..<96).map { $0 * 7 % 4 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  /// A set of two copies, which fit in one window together or not.
  private func stream(windowExamples: Int) throws -> ExampleStream {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 2) }
    return try ExampleStream(
      images: set, softTargets: nil, seed: 1, windowBytes: windowExamples * ImageSpace.inputs)
  }

  private func reader(_ stream: ExampleStream, _ budget: inout MemoryBudget, epoch: Int = 0, window: Int = 0)
    -> WindowReader
  {
    WindowReader(stream, epochs: 5, epoch: epoch, window: window, threads: 2, budget: &budget) { _ in }
  }

  /// With a cache, with a window read ahead, and with neither.
  @Test(arguments: [200, 40], [1 << 20, 96 * ImageSpace.inputs - 1, 0])
  func `Windows are the same whatever memory there is`(windowExamples: Int, bytes: Int) throws {
    let stream = try stream(windowExamples: windowExamples)
    var budget = MemoryBudget(bytes: bytes)
    var reader = reader(stream, &budget)
    #expect((reader.cache != nil) == (windowExamples == 200 && bytes == 1 << 20))
    for epoch in 0..<5 {
      for window in 0..<stream.windowCount(epoch: epoch) {
        let (found, expected) = (try reader.next(), try stream.load(epoch: epoch, window: window))
        #expect(found.features == expected.features && found.labels == expected.labels)
        #expect(found.order == expected.order)
      }
    }
  }

  @Test(arguments: [1 << 20, 0])
  func `A reader that begins behind the last window of an epoch goes on with the next`(bytes: Int) throws {
    let stream = try stream(windowExamples: 40)
    var budget = MemoryBudget(bytes: bytes)
    var reader = reader(stream, &budget, epoch: 1, window: stream.windowCount(epoch: 1))
    #expect(try reader.next().order == stream.load(epoch: 2, window: 0).order)
  }

  @Test func `With a cache each copy is read once, without one again and again`() throws {
    let stream = try stream(windowExamples: 200)
    for (bytes, expected) in [(1 << 20, 2 * 96), (0, 5 * 96)] {
      let visited = Atomic<Int>(0)
      var budget = MemoryBudget(bytes: bytes)
      var reader = WindowReader(stream, epochs: 5, epoch: 0, window: 0, threads: 1, budget: &budget) {
        visited.add($0.count, ordering: .relaxed)
      }
      for _ in 0..<5 { _ = try reader.next() }
      #expect(visited.load(ordering: .relaxed) == expected)
    }
  }

  @Test func `What was cached ends with the reader, though the stream stays`() throws {
    let stream = try stream(windowExamples: 200)
    weak var cache: WindowCache?
    do {
      var budget = MemoryBudget(bytes: 1 << 20)
      var reader = reader(stream, &budget)
      for _ in 0..<5 { _ = try reader.next() }
      cache = reader.cache
      #expect(cache?.bytes == 2 * 96 * (ImageSpace.inputs + 4))
    }
    #expect(cache == nil)
    #expect(stream.windowCount(epoch: 0) == 1)
  }

  @Test func `No window is larger than it is said to be`() throws {
    for examples in [200, 96, 40, 17, 1] {
      let stream = try stream(windowExamples: examples)
      let windows = try (0..<4).flatMap { epoch in
        try (0..<stream.windowCount(epoch: epoch)).map { try stream.load(epoch: epoch, window: $0) }
      }
      let largest = windows.map(\.features.bytes.count).max() ?? 0
      #expect(largest <= stream.largestWindow && stream.largestWindow < largest + 8 * ImageSpace.inputs)
    }
  }
}
