import Datasets
import Stage
import TestSupport
import Testing

/// Parts that are put together are copied once, into as much room as they need.
@Suite struct JoiningTests {
  /// An array that grows has room for up to twice its elements; the system rounds up by much less.
  private func isTight(_ array: [some Any]) -> Bool { array.capacity <= array.count + array.count / 16 + 64 }

  @Test(arguments: [1, 2, 33, 100])
  func `Joined arrays take no more room than their elements`(parts: Int) {
    let arrays = (0..<parts).map { part in [Float](repeating: Float(part), count: 1000 + part) }
    let joined = [Float](joining: arrays)
    #expect(joined == arrays.flatMap { $0 } && isTight(joined))
  }

  @Test func `Joined features are their parts in order`() {
    let shape = ImageShape(rows: 1, columns: 3)
    let parts = [[1, 2, 3, 4, 5, 6], [], [7, 8, 9]].map { Features(pixels: $0, width: 3) }
    #expect(Features(joining: parts, shape: shape, element: .u8) == Features(pixels: Array(1...9), width: 3))
    let none = Features(joining: [], shape: shape, element: .f32)
    #expect(none.count == 0 && none.element == .f32)
  }

  @Test func `A window of many shards takes no more room than its examples`() throws {
    let space = try ImageSpace()
    let set = try space.set(labels: (0..<1030).map { $0 % 3 }) { ($0.shardSize, $0.order) = (10, .source) }
    let window = try ExampleStream(images: set, softTargets: nil, selection: .init(), seed: 1).load(
      epoch: 0, window: 0)
    #expect(window.features.count == 1030 && isTight(window.features.bytes))
    let labels = try #require(window.labels)
    #expect(labels == (0..<1030).map { UInt32($0 % 3) } && isTight(labels))
  }
}
