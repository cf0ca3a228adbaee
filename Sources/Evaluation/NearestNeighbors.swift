import Datasets
import Networks
import Stage
import Storage

/// The images of one set that are most alike to each image of another, by Euclidean distance.
package struct NearestNeighbors: Sendable {
  /// One image near another.
  package struct Neighbor: Equatable, Sendable {
    /// Which image it is.
    package let origin: RowOrigin
    /// Its class.
    package let label: UInt32
    /// Between the points of the two.
    package let distance: Float
  }

  /// References in memory at a time, and queries that a thread takes: fixed, so that results do not depend on threads.
  private static let (chunkRows, pieceRows) = (1024, 512)
  /// Bytes of the queries' points in memory, at most, and at least one shard.
  private static let blockBytes = 64 << 20

  private let similarity: Similarity
  private let references: ImageSet
  /// Neighbours that are wanted of each image.
  private let count: Int

  /// - Parameters:
  ///   - similarity: by what images are alike.
  ///   - references: with labels, of which the neighbours are.
  ///   - count: neighbours that are wanted of each image.
  /// - Throws: `InputError.noLabels`.
  package init(_ similarity: Similarity, among references: ImageSet, count: Int) throws {
    guard references.isLabelled else { throw InputError.noLabels(path: references.path) }
    self.similarity = similarity
    self.references = references
    self.count = count
  }

  /// Finds them for every image of a set. An image is no neighbour of itself, distorted or not.
  ///
  /// - Parameters:
  ///   - queries: of images of the same shape.
  ///   - threads: of which nothing in the result depends.
  ///   - progress: advanced by the pairs of images that were compared.
  ///   - visit: called for each shard in order, with its images' neighbours, the nearest first.
  /// - Throws: `StorageError`, `InputError`; `StageError.interrupted`; what `visit` throws.
  package func find(
    of queries: ImageSet, threads: Int, progress: ProgressMeter,
    visit: (_ shard: ImageShard, _ neighbors: [[Neighbor]]) throws -> Void
  ) throws {
    var block: [Query] = []
    var bytes = 0
    for entry in queries.shards {
      let query = try Query(queries.read(entry), similarity)
      bytes += query.points.count * MemoryLayout<Float>.stride
      block.append(query)
      guard bytes >= Self.blockBytes else { continue }
      try compare(block, threads: threads, progress: progress, visit: visit)
      (block, bytes) = ([], 0)
    }
    try compare(block, threads: threads, progress: progress, visit: visit)
  }

  /// A shard of images whose neighbours are wanted.
  private struct Query: Sendable {
    let shard: ImageShard
    let points: [Float]

    init(_ shard: ImageShard, _ similarity: Similarity) throws {
      self.shard = shard
      points = try similarity.points(shard.features)
    }
  }

  /// Rows of one of the block's shards, and what has been found for them so far.
  private struct Piece: Sendable {
    let query: Int
    let rows: Range<Int>
    var nearest: [Nearest]
  }

  private func compare(
    _ block: [Query], threads: Int, progress: ProgressMeter,
    visit: (ImageShard, [[Neighbor]]) throws -> Void
  ) throws {
    var pieces = block.enumerated().flatMap { query, own in
      stride(from: 0, to: own.shard.count, by: Self.pieceRows).map { first in
        let rows = first..<min(own.shard.count, first + Self.pieceRows)
        return Piece(
          query: query, rows: rows, nearest: [Nearest](repeating: Nearest(count: count), count: rows.count))
      }
    }
    for entry in references.shards {
      let shard = try references.read(entry)
      for start in stride(from: 0, to: shard.count, by: Self.chunkRows) {
        let chunk = shard.rows(Array(start..<min(shard.count, start + Self.chunkRows)))
        let points = PointSet(try similarity.points(chunk.features), count: chunk.count)
        pieces = try Processors.map(below: pieces.count, threads: threads) { [pieces] index in
          var piece = pieces[index]
          Self.add(chunk, points, to: &piece.nearest, block[piece.query], piece.rows)
          return piece
        }
        progress.advance(by: chunk.count * block.reduce(0) { $0 + $1.shard.count })
      }
    }
    for (query, own) in block.enumerated() {
      let nearest = pieces.filter { $0.query == query }.flatMap(\.nearest)
      try visit(own.shard, nearest.map(\.neighbors))
    }
  }

  /// Takes what is nearer among some references than what was found so far.
  private static func add(
    _ chunk: ImageShard, _ references: PointSet, to nearest: inout [Nearest], _ query: Query,
    _ rows: Range<Int>
  ) {
    let width = query.points.count / max(1, query.shard.count)
    let distances = references.squaredDistances(
      from: Array(query.points[rows.lowerBound * width..<rows.upperBound * width]))
    for (place, row) in rows.enumerated() {
      let own = query.shard.origins[row].undistorted
      for reference in 0..<chunk.count {
        let squared = distances[place * chunk.count + reference]
        guard nearest[place].takes(squared), chunk.origins[reference].undistorted != own else { continue }
        nearest[place].add(
          chunk.origins[reference], label: chunk.labels?[reference] ?? 0, squaredDistance: squared)
      }
    }
  }

  /// The nearest of what has been seen so far; of equals those that came first.
  private struct Nearest: Sendable {
    private let count: Int
    private var found: [(origin: RowOrigin, label: UInt32, squared: Float)] = []

    init(count: Int) { self.count = count }

    func takes(_ squared: Float) -> Bool {
      guard found.count == count, let last = found.last else { return !squared.isNaN }
      return squared < last.squared
    }

    mutating func add(_ origin: RowOrigin, label: UInt32, squaredDistance squared: Float) {
      let place = found.firstIndex { squared < $0.squared } ?? found.count
      found.insert((origin, label, squared), at: place)
      if found.count > count { found.removeLast() }
    }

    var neighbors: [Neighbor] {
      found.map {
        Neighbor(origin: $0.origin, label: $0.label, distance: max(0, $0.squared).squareRoot())
      }
    }
  }

  /// The class that most of some neighbours have; of equally many the one of the nearest.
  package static func vote(_ neighbors: ArraySlice<Neighbor>) -> UInt32? {
    var votes: [UInt32: Int] = [:]
    for neighbor in neighbors { votes[neighbor.label, default: 0] += 1 }
    let most = votes.values.max()
    return neighbors.first { votes[$0.label] == most }?.label
  }
}
