import Stage
import Storage

/// Makes image shards: a block of rows, read once for all its copies, each copy shifted in its own way.
struct IngestMaker: ShardMaker {
  let source: any ImageSource
  /// Of the source, in the order in which they go into shards.
  let rows: [Int]
  /// [images of the source].
  let labels: [UInt32]?
  let classes: Int
  let shardSize: Int
  let jitter: Jitter

  var shardsPerCopy: Int { (rows.count + shardSize - 1) / shardSize }

  private func range(_ position: Int) -> Range<Int> {
    // Positions go copy by copy, so the same block of each copy leaves the same remainder.
    let shard = position % shardsPerCopy
    return shard * shardSize..<min(rows.count, (shard + 1) * shardSize)
  }

  func examples(at position: Int) -> Int { range(position).count }

  func group(of position: Int) -> Int { position % shardsPerCopy }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    guard let first = positions.first else { return }
    // One block of the source for all its copies: reading it is most of the work of a copy.
    let rows = Array(self.rows[range(first)])
    let images = try source.images(rows)
    let indices = rows.map { UInt32($0) }
    let labels = labels.map { labels in rows.map { labels[$0] } }
    // For all copies at once, because the shift of one costs as much as those of all.
    let last = (positions.max() ?? 0) / shardsPerCopy
    let shifts = jitter.shifts(indices: indices, copies: last + 1)
    for position in positions {
      let own = shifts[position / shardsPerCopy]
      let shard = ImageShard(
        shape: source.shape, images: jitter.shifted(images, by: own, shape: source.shape), labels: labels,
        origins: RowOrigins(source: source.inputs[0].digest, indices: indices, shifts: own))
      try emit(position, .new(shard.content(classes: classes)))
    }
  }
}
