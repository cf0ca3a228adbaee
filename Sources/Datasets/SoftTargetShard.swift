import Stage
import Storage

/// What teachers said of the images of one image shard, row for row.
package struct SoftTargetShard: Sendable {
  /// How the classes outside the top k share what is left.
  package static let tailRule = "uniform"

  /// The two things that a shard may hold.
  package enum Content: Equatable, Sendable {
    /// Logits of one or several teachers: [examples, teachers, classes].
    case logits([Float], teachers: Int)
    /// Probabilities at a temperature: [examples, classes], rows sum to 1.
    case probabilities([Float])
  }

  package let path: String
  package let content: Content
  package let classes: Int
  /// [examples], position in the source.
  package let indices: [UInt32]
  /// [examples, 2], (dy, dx) in pixels.
  package let shifts: [Int8]
  package let metadata: [String: String]

  package var count: Int { indices.count }

  /// Digest of the image shard that the rows belong to.
  package var imageShard: String { metadata["image_shard"] ?? "" }

  /// [examples, classes]: probabilities, or logits averaged over the teachers.
  package var targets: [Float] {
    switch content {
    case .probabilities(let values): return values
    case .logits(let values, let teachers):
      guard teachers > 1 else { return values }
      return (0..<count * classes).map { place in
        let start = place / classes * teachers * classes + place % classes
        return (0..<teachers).reduce(0) { $0 + values[start + $1 * classes] } / Float(teachers)
      }
    }
  }

  /// Where row `row` came from.
  package func origin(_ row: Int) -> DatasetError.Row {
    .init(index: Int(indices[row]), shift: [Int(shifts[row * 2]), Int(shifts[row * 2 + 1])])
  }

  /// Reads a shard's bytes; top-k probabilities come back dense.
  ///
  /// - Parameter classes: how many there are, which a top-k shard does not say.
  /// - Throws: `StorageError`; `DatasetError.notFinite`, `.notProbabilities`, `.labelOutOfRange`.
  package init(frame: [UInt8], classes: Int, path: String) throws {
    let file = try ShardFile.decode(frame, path: path)
    let count = try file.layout("indices", types: [.u32], shape: [nil]).shape[0]
    self.path = path
    self.classes = classes
    metadata = file.metadata
    indices = try file.elements("indices", as: UInt32.self, shape: [count])
    shifts = try file.elements("shifts", as: Int8.self, shape: [count, 2])
    if let layout = file.header.tensors["logits"] {
      let several = layout.shape.count == 3
      let values = try file.floats("logits", shape: several ? [count, nil, classes] : [count, classes])
      let teachers = several ? layout.shape[1] : 1
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw DatasetError.notFinite(path: path, row: bad / max(1, teachers * classes))
      }
      content = .logits(values, teachers: teachers)
    } else if file.header.tensors["classes"] != nil {
      let top = try TopK(file, count: count, classes: classes)
      content = .probabilities(try Self.checked(top.dense(classes: classes), classes, path, rounded: true))
    } else {
      let rounded = file.header.tensors["soft_targets"]?.type == .f16
      content = .probabilities(
        try Self.checked(
          try file.floats("soft_targets", shape: [count, classes]), classes, path, rounded: rounded))
    }
  }

  /// Rounding to 16 bits moves each probability by at most 2^-11 of itself, so a sum by far less than this.
  private static let sumTolerance = 2e-3

  /// Checks that each row is a distribution; rows that were rounded are made to sum to 1 again, as the
  /// student's always do.
  private static func checked(_ values: [Float], _ classes: Int, _ path: String, rounded: Bool) throws
    -> [Float]
  {
    var values = values
    for row in 0..<values.count / classes {
      let place = row * classes..<(row + 1) * classes
      let sum = values[place].reduce(0.0) { $0 + Double($1) }
      guard sum.isFinite else { throw DatasetError.notFinite(path: path, row: row) }
      guard abs(sum - 1) < sumTolerance, values[place].allSatisfy({ $0 >= 0 }) else {
        throw DatasetError.notProbabilities(path: path, row: row, sum: sum)
      }
      if rounded { for index in place { values[index] /= Float(sum) } }
    }
    return values
  }

  /// Checks that every row belongs to the same row of an image shard, by index and shift, and that the shard
  /// itself is the one that the teachers saw.
  ///
  /// - Throws: `DatasetError.otherImages` with the first row that differs, `.otherCount`, `.otherImageShard`.
  package func checkJoin(_ images: ImageShard, entry: Manifest.Output, path imagePath: String) throws {
    for row in 0..<min(count, images.count) where origin(row) != images.origin(row) {
      throw DatasetError.otherImages(
        softTargets: path, images: imagePath, row: row, softRow: origin(row), imageRow: images.origin(row))
    }
    guard count == images.count else {
      throw DatasetError.otherCount(
        softTargets: path, images: imagePath, softCount: count, imageCount: images.count)
    }
    guard imageShard == entry.sha256.hex else {
      throw DatasetError.otherImageShard(
        softTargets: path, images: imagePath, expected: imageShard, found: entry.sha256)
    }
  }
}
