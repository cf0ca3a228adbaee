import Datasets
import Stage
import Storage

/// Classification errors by nearest neighbours, as a table and as JSON.
package struct NeighborReport: Codable, Sendable {
  /// Errors under one similarity.
  package struct Measure: Codable, Sendable {
    /// Name of the similarity, for the table.
    package let name: String
    /// Errors for each number of neighbours.
    package let errors: [Int]
  }

  /// Number of classified images.
  package let examples: Int
  /// Numbers of neighbours that vote.
  package let neighbors: [Int]
  /// Errors under each similarity, in the order of computation.
  package let measures: [Measure]
  /// Digest of the directory of the classified images.
  package let images: Digest
  /// Digest of the directory of the neighbours.
  package let among: Digest
  /// Digests of the models' directories, or of their files if they have none.
  package let models: [Digest]

  /// A table for a terminal.
  package var table: Table {
    // The number of images is in the heading, because it is the same for all rows.
    Table(
      [["errors of \(examples), by"] + neighbors.map { "k=\($0)" }]
        + measures.map { [$0.name] + $0.errors.map(String.init) })
  }
}

/// Neighbours as CSV, shard by shard.
package enum NeighborRows {
  /// The first line, with its line break.
  package static let heading = CSV.lines([
    [
      "by", "index", "variant", "source", "label", "rank", "neighbor", "neighbor variant", "neighbor source",
      "neighbor label", "distance",
    ]
  ])

  /// One line for each neighbour of each image, with line breaks.
  static func lines(
    _ similarity: Similarity, _ shard: ImageShard, _ neighbors: [[NearestNeighbors.Neighbor]]
  ) -> String {
    let name = similarity.name
    // Loops, because the compiler takes too long to infer the types of one expression.
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
