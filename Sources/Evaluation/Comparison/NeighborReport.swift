import Datasets
import Stage
import Storage

/// How often the nearest images are of another class.
package struct NeighborReport: Codable, Sendable {
  /// One way of being alike.
  package struct Measure: Codable, Sendable {
    /// For people.
    package let name: String
    /// For each number of neighbours.
    package let errors: [Int]
  }

  /// Images whose neighbours were wanted.
  package let examples: Int
  /// Numbers of neighbours that have a vote.
  package let neighbors: [Int]
  /// In the order in which they were computed.
  package let measures: [Measure]
  /// Identity of the images' directory.
  package let images: Digest
  /// Identity of the directory of the neighbours.
  package let among: Digest
  /// Identities of the models: of their directories, or of lone files.
  package let models: [Digest]

  /// For people.
  package var table: Table {
    // The number of images stands in the heading, as all rows have the same.
    Table(
      [["errors of \(examples), by"] + neighbors.map { "k=\($0)" }]
        + measures.map { [$0.name] + $0.errors.map(String.init) })
  }
}

/// Neighbours as CSV, shard by shard.
package enum NeighborRows {
  /// The first line, ended.
  package static let heading = CSV.lines([
    [
      "by", "index", "variant", "source", "label", "rank", "neighbor", "neighbor variant", "neighbor source",
      "neighbor label", "distance",
    ]
  ])

  /// One line for each neighbour of each image, each ended.
  static func lines(
    _ similarity: Similarity, _ shard: ImageShard, _ neighbors: [[NearestNeighbors.Neighbor]]
  ) -> String {
    let name = similarity.name
    // In loops: as one expression it takes the compiler too long to find the types.
    var rows: [[String]] = []
    for (row, own) in neighbors.enumerated() {
      let image = [name] + cells(shard.origins[row]) + [shard.labels.map { String($0[row]) } ?? ""]
      for (rank, neighbor) in own.enumerated() {
        let found = cells(neighbor.origin) + [String(neighbor.label), "\(neighbor.distance)"]
        rows.append(image + [String(rank + 1)] + found)
      }
    }
    return CSV.lines(rows)
  }

  private static func cells(_ origin: RowOrigin) -> [String] {
    [String(origin.index), String(origin.variant), origin.source.short]
  }
}
