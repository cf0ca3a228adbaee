import Datasets
import Machine
import Networks
import Stage
import Storage

/// Finds the nearest images of one set for each image of another, by Euclidean distance between points.
package struct NearestNeighbors: Sendable {
  /// One image near another.
  package struct Neighbor: Equatable, Sendable {
    /// Origin of the neighbour.
    package let origin: RowOrigin
    /// Class of the neighbour.
    package let label: UInt32
    /// Euclidean distance between the two points.
    package let distance: Float

    /// Creates a neighbour.
    package init(origin: RowOrigin, label: UInt32, distance: Float) {
      (self.origin, self.label, self.distance) = (origin, label, distance)
    }
  }

  /// References per set of points, and queries per piece of work: small enough that all threads are busy to the end.
  /// Fixed, so that results do not depend on the number of threads.
  private static let (chunkRows, pieceRows) = (1024, 128)
  /// Largest number of reference shards in memory at a time; further threads share the chunks of these.
  private static let mostShards = 8
  /// Bytes of query points from which on a block of shards is compared; the last shard may exceed it.
  private static let blockBytes = 64 << 20

  private let similarity: Similarity
  private let references: ImageSet
  /// Neighbours of each image.
  private let count: Int

  /// - Parameters:
  ///   - similarity: the points of images.
  ///   - references: the set of neighbours, with labels.
  ///   - count: neighbours of each image.
  /// - Throws: `InputError.noLabels`.
  package init(_ similarity: Similarity, among references: ImageSet, count: Int) throws {
    guard references.isLabelled else { throw InputError.noLabels(path: references.path) }
    self.similarity = similarity
    self.references = references
    self.count = count
  }

  /// Finds the neighbours of every image of a set. An image is no neighbour of itself or of its distorted copies.
  ///
  /// - Parameters:
  ///   - queries: images of the same shape.
  ///   - threads: number of threads; does not change the result.
  ///   - progress: advanced by one for each pair of images.
  ///   - visit: called for each shard in order, with its images' neighbours, the nearest first.
  /// - Throws: `StorageError`, `InputError`; `StageError.interrupted`; what `visit` throws.
  package func find(
    of queries: ImageSet, threads: Int, progress: ProgressMeter,
    visit: (_ shard: ImageShard, _ neighbors: [[Neighbor]]) throws -> Void
  ) throws {
    // The references are read once for each block of queries, so larger blocks read less.
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

  /// A shard of query images and their points, [examples, coordinates].
  private struct Query: Sendable {
    let shard: ImageShard
    /// [images, coordinates].
    let points: [Float]
  }

  private func points(of shard: ImageShard, threads: Int) throws -> [Float] {
    let pieces = Self.cut(shard.count, into: Self.pieceRows)
    // In pieces, though a shard is one array: a set of 500 queries is one shard, and would keep one thread busy.
    return try Processors.map(below: pieces.count, threads: threads) { index in
      try similarity.points(shard.features.rows(pieces[index]))
    }.flatMap { $0 }
  }

  private static func cut(_ count: Int, into size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// Rows of one of the block's shards, and their nearest references so far, [rows].
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
    // References outside, queries inside: each reference is read, and run through a model, once for a block. Groups of
    // shards keep memory constant as the set grows.
    for group in Self.cut(references.shards.count, into: min(threads, Self.mostShards)) {
      let chunks = try chunks(of: Array(references.shards[group]), threads: threads)
      pieces = try Processors.map(below: pieces.count, threads: threads) { [pieces] index in
        var piece = pieces[index]
        // Each thread updates a copy of its pieces. Chunks come in the order of the set, so ties are always the same.
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

  /// A chunk of references and their points.
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

  /// Updates the nearest references of some rows with a chunk of references.
  private static func add(
    _ references: Chunk, to nearest: inout [Nearest], _ query: Query, _ rows: Range<Int>
  ) {
    let chunk = references.shard
    let width = query.points.count / max(1, query.shard.count)
    let distances = references.points.squaredDistances(
      from: Array(query.points[rows.lowerBound * width..<rows.upperBound * width]))
    // [rows, chunk.count], squared: the order is the same, and only kept neighbours need a root.
    for (place, row) in rows.enumerated() {
      // Another copy of the same image would always be the nearest.
      let own = query.shard.origins[row].undistorted
      for reference in 0..<chunk.count {
        let squared = distances[place * chunk.count + reference]
        guard nearest[place].takes(squared), chunk.origins[reference].undistorted != own else { continue }
        nearest[place].add(
          chunk.origins[reference], label: chunk.labels?[reference] ?? 0, squaredDistance: squared)
      }
    }
  }

  /// The nearest references so far, ascending by distance; ties go to the one that came first.
  private struct Nearest: Sendable {
    private let count: Int
    private var found: [(origin: RowOrigin, label: UInt32, squared: Float)] = []

    init(count: Int) { self.count = count }

    func takes(_ squared: Float) -> Bool {
      // No NaN: as every comparison with it is false, it would keep its place for good.
      guard found.count == count, let last = found.last else { return !squared.isNaN }
      return squared < last.squared
    }

    mutating func add(_ origin: RowOrigin, label: UInt32, squaredDistance squared: Float) {
      // Behind equal distances, so that the earlier reference stays first for any size of chunks.
      let place = found.firstIndex { squared < $0.squared } ?? found.count
      found.insert((origin, label, squared), at: place)
      if found.count > count { found.removeLast() }
    }

    var neighbors: [Neighbor] {
      // |q|² - 2 q·r + |r|² cancels for near points and may round below 0.
      found.map {
        Neighbor(origin: $0.origin, label: $0.label, distance: max(0, $0.squared).squareRoot())
      }
    }
  }

  /// The most frequent class of some neighbours; ties go to the class with the nearest neighbour. Nil for none.
  package static func vote(_ neighbors: ArraySlice<Neighbor>) -> UInt32? {
    var votes: [UInt32: Int] = [:]
    for neighbor in neighbors { votes[neighbor.label, default: 0] += 1 }
    let most = votes.values.max()
    // Neighbours are sorted by distance, so the first with the most votes wins a tie.
    return neighbors.first { votes[$0.label] == most }?.label
  }
}
