import Stage
import Storage
import Synchronization

/// Writes image shards. A block of rows is read once for all copies, and each copy is distorted in its own way.
struct IngestMaker: ShardMaker {
  /// Number of images from which the background is estimated, and of images read at a time for it.
  private static let (tellingImages, blockImages) = (10_000, 1000)

  private let source: any ImageSource
  /// Rows of the source in the order of the shards.
  private let rows: [UInt32]
  /// [images of the source]; nil without labels.
  private let labels: [UInt32]?
  private let classes: Int
  private let shardSize: Int
  private let distortion: (any Distortion)?
  private let seed: UInt64
  private let background = LazyValue<[UInt8]>()
  private let statistics: StatisticsTally

  init(
    source: any ImageSource, rows: [UInt32], labels: [UInt32]?, classes: Int, shardSize: Int,
    distortion: (any Distortion)?, seed: UInt64
  ) {
    (self.source, self.rows, self.labels, self.classes) = (source, rows, labels, classes)
    (self.shardSize, self.distortion, self.seed) = (shardSize, distortion, seed)
    statistics = StatisticsTally(
      FeatureStatistics(inputs: source.shape.count, classes: classes),
      // Only the first copy is counted, because the others hold the same images.
      shards: (rows.count + shardSize - 1) / shardSize)
  }

  var shardsPerCopy: Int { (rows.count + shardSize - 1) / shardSize }

  var tally: (any ShardTally)? { statistics }

  /// The part of `rows` that belongs to a shard.
  private func range(_ position: Int) -> Range<Int> {
    // Positions run copy by copy, so the same block of each copy has the same remainder.
    let shard = position % shardsPerCopy
    return shard * shardSize..<min(rows.count, (shard + 1) * shardSize)
  }

  func examples(at position: Int) -> Int { range(position).count }

  func bytes(at position: Int) -> Int { examples(at: position) * source.shape.count }

  func group(of position: Int) -> Int { position % shardsPerCopy }

  func make(_ positions: [Int], emit: (Int, MadeShard) throws -> Void) throws {
    guard let first = positions.first else { return }
    // Read once for all copies of the block: reading is most of the work of a copy.
    let indices = Array(rows[range(first)])
    let images = try source.images(indices.map { Int($0) })
    let labels = labels.map { labels in indices.map { labels[Int($0)] } }
    // Up to the last copy wanted here; a resumed run may lack only some of them.
    let last = (positions.max() ?? 0) / shardsPerCopy
    let variants = distortion?.variants(of: indices, copies: last + 1, seed: seed)
    for position in positions {
      let own = variants?[position / shardsPerCopy]
      let shard = ImageShard(
        Features(try distorted(images, indices, own), shape: source.shape), labels: labels,
        origins: RowOrigins(source: source.identity, indices: indices, variants: own))
      try emit(position, .new(shard.content(classes: classes, distortion: distortion)))
      // After `emit`: a shard that could not be written must not be counted.
      if statistics.counts(position) { statistics.add(shard) }
    }
  }

  /// Applies the variants of a copy; clean images come back unchanged.
  private func distorted(_ images: [UInt8], _ indices: [UInt32], _ variants: [UInt32]?) throws -> [UInt8] {
    guard let distortion, let variants else { return images }
    return distortion.distorted(
      images, indices: indices, variants: variants, shape: source.shape,
      background: try background.value(emptyImage))
  }

  /// The background in each channel, 0 for channels without one. With a wrong value, shifted white paper would get a
  /// black stripe at its edge, which no real image has.
  ///
  /// - Returns: [rows, columns, channels].
  /// - Throws: `StorageError`.
  private func emptyImage() throws -> [UInt8] {
    let channels = source.shape.channels
    let count = min(source.count, Self.tellingImages)
    var histograms = [PixelHistogram](repeating: PixelHistogram(), count: channels)
    for start in stride(from: 0, to: count, by: Self.blockImages) {
      let numbers = start..<min(count, start + Self.blockImages)
      // Spread over the source, because it may be sorted by class.
      let images = try source.images(numbers.map { $0 * source.count / count })
      for channel in 0..<channels { histograms[channel].add(images, channel: channel, of: channels) }
    }
    let fill = histograms.map { $0.background ?? 0 }
    return (0..<source.shape.count).map { fill[$0 % channels] }
  }
}
