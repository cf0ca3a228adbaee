import Stage
import Storage

/// Predictions of teachers for the images of one image shard, row for row.
package struct SoftTargetShard: Sendable {
  /// The two kinds of content.
  package enum Content: Equatable, Sendable {
    /// Logits of one or several teachers: [examples, teachers, classes].
    case logits([Float], teachers: Int)
    /// Probabilities at a temperature: [examples, classes], rows sum to 1.
    case probabilities([Float], temperature: Double)
  }

  /// The teachers and the images of the predictions.
  package struct Provenance: Equatable, Sendable {
    /// Digest of the image shard with the same rows.
    package let imageShard: Digest
    /// [teachers], digests of the weights or of the file with another framework's logits.
    package let teachers: [Digest]

    /// Provenance is known before the rows are computed.
    package init(imageShard: Digest, teachers: [Digest]) {
      self.imageShard = imageShard
      self.teachers = teachers
    }
  }

  /// The values of all rows; top-k probabilities are expanded to dense rows.
  package let content: Content
  /// Length of a row, for one teacher.
  package let classes: Int
  /// [examples], the origins of the images.
  package let origins: RowOrigins
  /// The teachers and the images of the rows.
  package let provenance: Provenance

  /// Number of examples.
  package var count: Int { origins.count }

  /// Creates a shard in memory without checks; `encoded` does them.
  package init(content: Content, classes: Int, origins: RowOrigins, provenance: Provenance) {
    self.content = content
    self.classes = classes
    self.origins = origins
    self.provenance = provenance
  }

  /// [examples, classes], probabilities, or logits averaged over the teachers.
  package var targets: [Float] {
    switch content {
    case .probabilities(let values, _): return values
    case .logits(let values, let teachers):
      guard teachers > 1 else { return values }
      return (0..<count * classes).map { place in
        // From [examples, teachers, classes] to [examples, classes]: the first teacher's value, the next teacher is
        // `classes` further on.
        let start = place / classes * teachers * classes + place % classes
        return (0..<teachers).reduce(0) { $0 + values[start + $1 * classes] } / Float(teachers)
      }
    }
  }

  /// Checks that each row belongs to the same row of an image shard, by source, index and variant, and that the
  /// teachers saw this very shard.
  ///
  /// - Parameters:
  ///   - images: the image shard of the same name.
  ///   - sha256: digest of the image shard's file.
  ///   - path: of this shard, for messages.
  ///   - imagePath: of the image shard.
  /// - Throws: `InputError.otherRow` with the first row that differs, `.mismatch`, `.otherShard`.
  package func checkJoin(_ images: ImageShard, sha256: Digest, path: String, imagePath: String) throws {
    if let row = origins.firstDifference(from: images.origins) {
      throw InputError.otherRow(
        targets: path, images: imagePath, row: row, expected: images.origins[row].description,
        found: origins[row].description)
    }
    // After the rows: the first row that differs explains more than two lengths.
    guard count == images.count else {
      throw InputError.mismatch(
        path: path, expected: "\(images.count) rows", like: imagePath, found: String(count))
    }
    // Last, because a digest only shows that something differs: pixels or labels, with the same origins.
    guard provenance.imageShard == sha256 else {
      throw InputError.otherShard(
        targets: path, images: imagePath, expected: provenance.imageShard.hex, found: sha256.hex)
    }
  }

  /// Throws for rows that are not finite or not distributions. Writer and readers use the same check, so no finished
  /// directory is rejected later.
  ///
  /// - Parameters:
  ///   - content: logits or dense probabilities.
  ///   - classes: length of a row.
  ///   - encoding: of probabilities; determines the permitted error of the sum.
  ///   - path: for messages.
  /// - Throws: `InputError.notFinite`, `.notProbabilities`.
  static func check(_ content: Content, classes: Int, encoding: SoftTargetEncoding, path: String) throws {
    switch content {
    case .logits(let values, let teachers):
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw InputError.notFinite(path: path, what: "logits", row: bad / max(1, teachers * classes))
      }
    case .probabilities(let values, _):
      let tolerance = encoding.sumTolerance(classes: classes)
      for row in 0..<values.count / classes {
        let place = row * classes..<(row + 1) * classes
        var sum = 0.0
        var least: Float = 0
        for value in values[place] {
          sum += Double(value)
          least = min(least, value)
        }
        // By the sum, because `min` may skip a NaN.
        guard sum.isFinite else { throw InputError.notFinite(path: path, what: "soft targets", row: row) }
        guard abs(sum - 1) <= tolerance, least >= 0 else {
          throw InputError.notProbabilities(path: path, row: row, sum: sum)
        }
      }
    }
  }
}
