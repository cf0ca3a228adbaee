import Stage
import Storage

/// Makes image shards: a block of rows, read once for all its copies, each copy shifted in its own way.
struct IngestMaker: ShardMaker {
  /// Images that tell the background, and those read at a time.
  private static let (tellingImages, blockImages) = (10_000, 1000)

  let source: any ImageSource
  /// Of the source, in the order in which they go into shards.
  let rows: [UInt32]
  /// [images of the source].
  let labels: [UInt32]?
  let classes: Int
  let shardSize: Int
  let jitter: Jitter
  /// The image of which the edges are shifted in.
  let empty: LazyValue<[UInt8]>

  var shardsPerCopy: Int { (rows.count + shardSize - 1) / shardSize }

  private func range(_ position: Int) -> Range<Int> {
    // Positions go copy by copy, so the same block of each copy leaves the same remainder.
    let shard = position % shardsPerCopy
    return shard * shardSize..<min(rows.count, (shard + 1) * shardSize)
  }

  func examples(at position: Int) -> Int { range(position).count }

  func bytes(at position: Int) -> Int { examples(at: position) * source.shape.count }

  func group(of position: Int) -> Int { position % shardsPerCopy }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    guard let first = positions.first else { return }
    // One block of the source for all its copies: reading it is most of the work of a copy.
    let indices = Array(rows[range(first)])
    let images = try source.images(indices.map { Int($0) })
    let labels = labels.map { labels in indices.map { labels[Int($0)] } }
    // For all copies at once, because the shift of one costs as much as those of all.
    let last = (positions.max() ?? 0) / shardsPerCopy
    let shifts = jitter.shifts(indices: indices, copies: last + 1)
    for position in positions {
      let own = shifts[position / shardsPerCopy]
      let shard = ImageShard(
        shape: source.shape, images: jitter.reach > 0 ? try shifted(images, by: own) : images, labels: labels,
        origins: RowOrigins(source: source.identity, indices: indices, shifts: own))
      try emit(position, .new(shard.content(classes: classes)))
    }
  }

  private func shifted(_ images: [UInt8], by shifts: [Int8]) throws -> [UInt8] {
    jitter.shifted(images, by: shifts, shape: source.shape, empty: try empty.value(emptyImage))
  }

  /// The background of the source's images in each channel, and 0 where they have none: a black stripe along the edge
  /// of white paper would be something that no image to come shows.
  ///
  /// - Throws: `StorageError`.
  private func emptyImage() throws -> [UInt8] {
    let channels = source.shape.channels
    let count = min(source.count, Self.tellingImages)
    var histograms = [PixelHistogram](repeating: PixelHistogram(), count: channels)
    for start in stride(from: 0, to: count, by: Self.blockImages) {
      let numbers = start..<min(count, start + Self.blockImages)
      // Spread over the source, which may be sorted.
      let images = try source.images(numbers.map { $0 * source.count / count })
      for channel in 0..<channels { histograms[channel].add(images, channel: channel, of: channels) }
    }
    let fill = histograms.map { $0.background ?? 0 }
    return (0..<source.shape.count).map { fill[$0 % channels] }
  }
}
