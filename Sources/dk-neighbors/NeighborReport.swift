import Datasets
import Evaluation
import Stage
import Storage

/// How often the nearest images are of another class.
struct NeighborReport: Codable {
  /// One way of being alike.
  struct Measure: Codable {
    let name: String
    /// For each number of neighbours.
    let errors: [Int]
  }

  let examples: Int
  /// That have a vote.
  let neighbors: [Int]
  let measures: [Measure]
  let images: Digest
  let among: Digest
  let models: [Digest]

  /// For people.
  var table: String {
    Format.table(
      [["errors of \(examples), by"] + neighbors.map { "k=\($0)" }]
        + measures.map { [$0.name] + $0.errors.map(String.init) })
  }
}

/// Neighbours as CSV, shard by shard.
enum NeighborRows {
  /// The first line, ended.
  static let heading =
    "by,index,variant,source,label,rank,neighbor,neighbor variant,neighbor source,neighbor label,distance\n"

  /// One line for each neighbour of each image, each ended.
  static func lines(
    _ similarity: Similarity, _ shard: ImageShard, _ neighbors: [[NearestNeighbors.Neighbor]]
  ) -> String {
    let name = Format.csvCell(similarity.name)
    return neighbors.enumerated().map { row, own in
      let origin = shard.origins[row]
      let label = shard.labels.map { String($0[row]) } ?? ""
      return own.enumerated().map { rank, neighbor in
        "\(name),\(text(origin)),\(label),\(rank + 1),\(text(neighbor.origin)),"
          + "\(neighbor.label),\(neighbor.distance)\n"
      }.joined()
    }.joined()
  }

  private static func text(_ origin: RowOrigin) -> String {
    "\(origin.index),\(origin.variant),\(origin.source.short)"
  }
}
