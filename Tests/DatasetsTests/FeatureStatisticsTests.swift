import Datasets
import TestSupport
import Testing

@Suite struct FeatureStatisticsTests {
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  @Test func `Pixels and labels are counted over what is taken, the same by any number of threads`() throws {
    let labels = (0..<90).map { $0 * 7 % 3 }
    let set = try space.set(labels: labels) { $0.shardSize = 16 }
    var selection = Selection()
    selection.omitted = [1]
    let taken = labels.indices.filter { labels[$0] != 1 }
    for threads in [1, 3] {
      let stream = try ExampleStream(images: set, softTargets: nil, selection: selection, seed: 1)
      let statistics = try stream.statistics(threads: threads)
      #expect(statistics.examples == taken.count && statistics.examplesPerClass == [30, 0, 30])
      let pictures = taken.map { ImageSpace.picture($0) }
      for input in 0..<ImageSpace.inputs {
        #expect(statistics.sums[input] == pictures.reduce(0) { $0 + Double($1[input]) })
      }
      for value in 0..<256 {
        let count = pictures.joined().count { $0 == UInt8(value) }
        #expect(statistics.histogram?.counts[value] == UInt64(count))
      }
    }
  }
}
