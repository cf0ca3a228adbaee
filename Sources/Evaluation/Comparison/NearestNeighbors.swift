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

  /// References whose points make one set, and queries that a thread takes at a time: few enough that the last pieces
  /// keep all threads busy. An image's neighbours do not depend on either.
  private static let (chunkRows, pieceRows) = (1024, 128)
  /// Shards of references in memory at a time, at most: more threads share the chunks of these.
  private static let mostShards = 8
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
      let shard = try queries.read(entry)
      let query = Query(shard: shard, points: try points(of: shard, threads: threads))
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
    /// [images, coordinates].
    let points: [Float]
  }

  private func points(of shard: ImageShard, threads: Int) throws -> [Float] {
    let pieces = Self.cut(shard.count, into: Self.pieceRows)
    return try Processors.map(below: pieces.count, threads: threads) { index in
      try similarity.points(shard.features.rows(pieces[index]))
    }.flatMap { $0 }
  }

  private static func cut(_ count: Int, into size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
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
      Self.cut(own.shard.count, into: Self.pieceRows).map { rows in
        Piece(
          query: query, rows: rows, nearest: [Nearest](repeating: Nearest(count: count), count: rows.count))
      }
    }
    for group in Self.cut(references.shards.count, into: min(threads, Self.mostShards)) {
      let chunks = try chunks(of: Array(references.shards[group]), threads: threads)
      pieces = try Processors.map(below: pieces.count, threads: threads) { [pieces] index in
        var piece = pieces[index]
        // In the order of the set: of equally near images the first are kept.
        for chunk in chunks {
          Self.add(chunk, to: &piece.nearest, block[piece.query], piece.rows)
          progress.advance(by: chunk.shard.count * piece.rows.count)
        }
        return piece
      }
    }
    for (query, own) in block.enumerated() {
      let nearest = pieces.filter { $0.query == query }.flatMap(\.nearest)
      try visit(own.shard, nearest.map(\.neighbors))
    }
  }

  /// Some references, and their points.
  private struct Chunk: Sendable {
    let shard: ImageShard
    let points: PointSet
  }

  /// Reading and preparing the references takes a third of the time of 2,000 queries, so all threads share it.
  private func chunks(of entries: [Manifest.Output], threads: Int) throws -> [Chunk] {
    let shards = try Processors.map(below: entries.count, threads: threads) {
      try references.read(entries[$0])
    }
    let parts = shards.flatMap { shard in
      Self.cut(shard.count, into: Self.chunkRows).map { (shard: shard, rows: $0) }
    }
    return try Processors.map(below: parts.count, threads: threads) { index in
      let own = parts[index].shard.rows(Array(parts[index].rows))
      return Chunk(shard: own, points: PointSet(try similarity.points(own.features), count: own.count))
    }
  }

  /// Takes what is nearer among some references than what was found so far.
  private static func add(
    _ references: Chunk, to nearest: inout [Nearest], _ query: Query, _ rows: Range<Int>
  ) {
    let chunk = references.shard
    let width = query.points.count / max(1, query.shard.count)
    let distances = references.points.squaredDistances(
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
