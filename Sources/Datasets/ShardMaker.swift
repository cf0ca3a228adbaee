/// A full shard's worth of images on their way from the source, not yet shifted.
struct ImageBlock: Sendable {
  /// Which of the directories it goes to.
  let part: Int
  /// Which shard of it.
  let number: Int
  /// [images, rows, columns].
  var images: [UInt8] = []
  var labels: [UInt16] = []
  /// Position in the source.
  var indices: [UInt32] = []
}

/// Turns blocks into shards, on any thread.
struct ShardMaker: Sendable {
  let rows: Int
  let columns: Int
  let jitter: Jitter

  /// The shifts of a block's images in every copy: [copies][images, 2]. Drawn at once, because the shift of one
  /// copy costs as much as those of all.
  func shifts(_ block: ImageBlock, copies: Int) -> [[Int8]] {
    var shifts = [[Int8]](repeating: [], count: copies)
    for copy in shifts.indices { shifts[copy].reserveCapacity(block.indices.count * 2) }
    for index in block.indices {
      let places = jitter.shifts(index: index, copies: copies)
      for copy in 0..<copies { shifts[copy] += places[copy * 2..<copy * 2 + 2] }
    }
    return shifts
  }

  /// The shard that a block is with its images shifted.
  func shard(_ block: ImageBlock, shifts: [Int8]) -> ImageShard {
    ImageShard(
      rows: rows, columns: columns, images: jitter.reach == 0 ? block.images : shifted(block.images, shifts),
      labels: block.labels, indices: block.indices, shifts: shifts)
  }

  private func shifted(_ images: [UInt8], _ shifts: [Int8]) -> [UInt8] {
    let pixels = rows * columns
    return [UInt8](unsafeUninitializedCapacity: images.count) { output, count in
      images.withUnsafeBufferPointer { input in
        for row in 0..<shifts.count / 2 {
          let place = row * pixels..<(row + 1) * pixels
          Jitter.shift(
            .init(rebasing: input[place]), into: .init(rebasing: output[place]), rows: rows, columns: columns,
            dy: Int(shifts[row * 2]), dx: Int(shifts[row * 2 + 1]))
        }
      }
      count = images.count
    }
  }
}
