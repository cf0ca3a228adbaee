import Stage
import Storage

/// What teachers said of the images of one image shard, row for row.
package struct SoftTargetShard: Sendable {
  /// The two things that a shard may hold.
  package enum Content: Equatable, Sendable {
    /// Logits of one or several teachers: [examples, teachers, classes].
    case logits([Float], teachers: Int)
    /// Probabilities at a temperature: [examples, classes], rows sum to 1.
    case probabilities([Float], temperature: Double)
  }

  /// Whose words they are, about what.
  package struct Provenance: Equatable, Sendable {
    /// Digest of the image shard that the rows belong to.
    package let imageShard: Digest
    /// Digests of the teachers' weights, or of the file of another framework's logits.
    package let teachers: [Digest]

    /// What is known before the rows are.
    package init(imageShard: Digest, teachers: [Digest]) {
      self.imageShard = imageShard
      self.teachers = teachers
    }
  }

  /// Of all rows; top-k probabilities are dense again.
  package let content: Content
  /// Numbers in a row, of one teacher.
  package let classes: Int
  /// Those of the images.
  package let origins: RowOrigins
  /// Whose words the rows are, about what.
  package let provenance: Provenance

  /// Examples.
  package var count: Int { origins.count }

  /// A shard in memory, not yet checked: `encoded` does that.
  package init(content: Content, classes: Int, origins: RowOrigins, provenance: Provenance) {
    self.content = content
    self.classes = classes
    self.origins = origins
    self.provenance = provenance
  }

  /// [examples, classes]: probabilities, or logits averaged over the teachers.
  package var targets: [Float] {
    switch content {
    case .probabilities(let values, _): return values
    case .logits(let values, let teachers):
      guard teachers > 1 else { return values }
      return (0..<count * classes).map { place in
        // From [examples, teachers, classes] to [examples, classes].
        let start = place / classes * teachers * classes + place % classes
        return (0..<teachers).reduce(0) { $0 + values[start + $1 * classes] } / Float(teachers)
      }
    }
  }

  /// Checks that every row belongs to the same row of an image shard, by source, index and variant, and that the shard
  /// itself is the one that the teachers saw.
  ///
  /// - Parameters:
  ///   - images: the image shard of the same name.
  ///   - sha256: of the image shard's file.
  ///   - path: of this shard, for messages.
  ///   - imagePath: of the image shard.
  /// - Throws: `InputError.otherRow` with the first row that differs, `.mismatch`, `.otherShard`.
  package func checkJoin(_ images: ImageShard, sha256: Digest, path: String, imagePath: String) throws {
    if let row = origins.firstDifference(from: images.origins) {
      throw InputError.otherRow(
        targets: path, images: imagePath, row: row, expected: images.origins[row].description,
        found: origins[row].description)
    }
    // After the rows: of two lists that part, the first row that differs says more than their lengths.
    guard count == images.count else {
      throw InputError.mismatch(
        path: path, expected: "\(images.count) rows", like: imagePath, found: String(count))
    }
    // Last, as it only says that something differs: pixels or labels, with the same origins.
    guard provenance.imageShard == sha256 else {
      throw InputError.otherShard(
        targets: path, images: imagePath, expected: provenance.imageShard.hex, found: sha256.hex)
    }
  }

  /// Throws for rows that are no distributions, or not finite: the same for what is written and what is read, so that
  /// nothing is finished that its readers refuse.
  ///
  /// - Parameters:
  ///   - content: logits, or probabilities made dense.
  ///   - classes: in a row.
  ///   - encoding: of probabilities, which decides by how much a sum may miss 1.
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
        // The sum tells of NaN, which `min` may pass over.
        guard sum.isFinite else { throw InputError.notFinite(path: path, what: "soft targets", row: row) }
        guard abs(sum - 1) <= tolerance, least >= 0 else {
          throw InputError.notProbabilities(path: path, row: row, sum: sum)
        }
      }
    }
  }
}
