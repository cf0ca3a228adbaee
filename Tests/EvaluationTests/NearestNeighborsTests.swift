import Datasets
import Evaluation
import Networks
import Stage
import TestSupport
import Testing

@Suite struct NearestNeighborsTests {
  private let space: ImageSpace
  private let queries: ImageSet
  private let references: ImageSet

  init() throws {
    space = try ImageSpace()
    let labels = (0..<1500).map { $0 % 7 }
    references = try space.set(labels: labels, name: "references") { $0.shardSize = 300 }
    // Of another source: an image is no neighbour of itself.
    let source = try space.source("queries", labels: (0..<300).map { $0 % 7 }, salt: "other")
    queries = try space.ingest(source, to: "queries") { $0.shardSize = 140 }[0]
  }

  private func progress() -> ProgressMeter {
    ProgressMeter("test", total: 1, unit: "pairs", console: ImageSpace.console)
  }

  private func find(_ similarity: Similarity, threads: Int) throws -> [[NearestNeighbors.Neighbor]] {
    var found: [[NearestNeighbors.Neighbor]] = []
    try NearestNeighbors(similarity, among: references, count: 6).find(
      of: queries, threads: threads, progress: progress()
    ) { found += $1 }
    return found
  }

  private func similarities() -> [Similarity] {
    let net = NetworkPredictor(
      Network(Architecture(sizes: [ImageSpace.inputs, 20, 7]), seed: 4),
      labelMap: LabelMap(classes: 7), path: "net")
    return [.features, .hidden(net, path: "net"), .softTargets(net, temperature: 4, path: "net")]
  }

  @Test(arguments: [2, 3, 16])
  func `Neighbours and distances are equal to the bit for any number of threads`(threads: Int) throws {
    for similarity in similarities() {
      let one = try find(similarity, threads: 1)
      #expect(one.count == 300 && one.allSatisfy { $0.count == 6 })
      let several = try find(similarity, threads: threads)
      #expect(one == several, "\(similarity.name)")
      let distances = one.joined().map(\.distance.bitPattern)
      #expect(distances == several.joined().map(\.distance.bitPattern), "\(similarity.name)")
    }
  }

  @Test func `Neighbours are those of a search through all pairs`() throws {
    var rows: [(pixels: [Float], origin: RowOrigin)] = []
    for entry in references.shards {
      let shard = try references.read(entry)
      for row in 0..<shard.count {
        rows.append((shard.features[row].map { Float($0) / 255 }, shard.origins[row]))
      }
    }
    let found = try find(.features, threads: 2)
    var place = 0
    for entry in queries.shards {
      let shard = try queries.read(entry)
      for row in 0..<shard.count {
        let own = shard.features[row].map { Float($0) / 255 }
        let distances = rows.map { other in
          zip(own, other.pixels).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        }
        // Of many equally near ones any may be meant but for rounding, so the distances are compared.
        for (one, other) in zip(found[place], distances.sorted()) {
          #expect(abs(Double(one.distance * one.distance) - other) < 1e-4)
        }
        place += 1
      }
    }
    #expect(place == 300)
  }

  @Test func `The class of most neighbours wins, and of equally many that of the nearest`() {
    func neighbors(_ labels: [UInt32]) -> ArraySlice<NearestNeighbors.Neighbor> {
      labels.enumerated().map { index, label in
        .init(
          origin: RowOrigin(source: references.directory.digest, index: UInt32(index)), label: label,
          distance: Float(index))
      }[...]
    }
    #expect(NearestNeighbors.vote(neighbors([3, 1, 1])) == 1)
    #expect(NearestNeighbors.vote(neighbors([3, 1, 1, 3])) == 3)
    #expect(NearestNeighbors.vote(neighbors([])) == nil)
  }
}
