import Stage
import Storage

/// Files of soft targets and logits; this extension alone reads and writes them.
extension SoftTargetShard {
  private static let temperatureKey = "temperature"
  private static let teachersKey = "teachers"
  private static let imageShardKey = "image_shard"

  /// Facts from the manifest, against which a shard is checked.
  struct Expectation {
    let classes: Int
    let teachers: [Digest]
    /// Nil for logits.
    let temperature: Double?
    let encoding: SoftTargetEncoding
  }

  /// Encodes the shard: `logits` [n, classes], for several teachers [n, teachers, classes]; or `soft_targets` [n,
  /// classes]; or, for top k, `classes` [n, k] U32, `soft_targets` [n, k] and `tail` [n].
  ///
  /// - Parameters:
  ///   - encoding: of probabilities; logits are always dense F32.
  ///   - statistics: of the rows, for the manifest.
  ///   - path: for messages.
  /// - Returns: tensors, metadata and summary.
  /// - Throws: `InputError.notFinite`, `.notProbabilities` for rows that a reader would reject.
  package func encoded(
    _ encoding: SoftTargetEncoding = .init(), statistics: [String: Double] = [:], path: String
  ) throws -> ShardFile.Content {
    try Self.check(content, classes: classes, encoding: encoding, path: path)
    let summary = ShardSummary(examples: count, statistics: statistics)
    var file: ShardFile.Content
    switch content {
    case .logits(let values, let teachers):
      file = ShardFile.Content(.logits, summary: summary)
      file.writer.add("logits", values, shape: teachers > 1 ? [count, teachers, classes] : [count, classes])
    case .probabilities(let values, let temperature):
      file = ShardFile.Content(.softTargets, summary: summary)
      file.writer.metadata[Self.temperatureKey] = JSONValue(temperature).description
      for (name, value) in encoding.parameters {
        file.writer.metadata[name] = value.string ?? value.description
      }
      if let k = encoding.topK {
        let top = TopK(dense: values, classes: classes, k: k)
        file.writer.add("classes", top.classes, shape: [count, k])
        file.writer.add("tail", top.tail, shape: [count])
        Self.add(top.probabilities, shape: [count, k], encoding, to: &file.writer)
      } else {
        Self.add(values, shape: [count, classes], encoding, to: &file.writer)
      }
    }
    file.writer.metadata[Self.imageShardKey] = provenance.imageShard.hex
    file.writer.metadata[Self.teachersKey] = provenance.teachers.map(\.hex).joined(separator: ",")
    origins.write(to: &file.writer)
    return file
  }

  /// Writes probabilities in the chosen precision.
  private static func add(
    _ values: [Float], shape: [Int], _ encoding: SoftTargetEncoding, to writer: inout SafetensorsWriter
  ) {
    switch encoding.precision {
    case .f32: writer.add("soft_targets", values, shape: shape)
    case .f16: writer.add("soft_targets", SoftTargetEncoding.halves(values), shape: shape)
    }
  }

  /// Reads a shard. Top-k probabilities are expanded to dense rows.
  ///
  /// - Throws: `StorageError`; `InputError.mismatch` for a shard that differs from its manifest, `.notFinite`,
  ///   `.notProbabilities`, `.labelOutOfRange`.
  init(_ shard: ShardFile, expecting expected: Expectation) throws {
    let path = shard.path
    let file = shard.tensors
    let count = shard.summary.examples
    classes = expected.classes
    origins = try RowOrigins(shard)
    provenance = try Self.provenance(shard, teachers: expected.teachers)
    if let temperature = expected.temperature {
      content = .probabilities(
        try Self.probabilities(shard, expected, temperature: temperature), temperature: temperature)
    } else {
      let shape: [Int?] =
        expected.teachers.count > 1 ? [count, expected.teachers.count, classes] : [count, classes]
      content = .logits(try file.floats("logits", shape: shape), teachers: expected.teachers.count)
      try Self.check(content, classes: classes, encoding: expected.encoding, path: path)
    }
  }

  /// The probabilities of a shard, [examples, classes].
  private static func probabilities(_ shard: ShardFile, _ expected: Expectation, temperature: Double) throws
    -> [Float]
  {
    let encoding = expected.encoding
    var words = encoding.parameters.mapValues { $0.string ?? $0.description }
    words[temperatureKey] = JSONValue(temperature).description
    // Sorted, so that a shard with several differences gives the same message in each run.
    for (name, word) in words.sorted(by: { $0.key < $1.key }) where shard.metadata[name] != word {
      throw InputError.mismatch(
        path: shard.path, expected: "\(name) \(word)", like: "its manifest",
        found: shard.metadata[name] ?? "none")
    }
    let count = shard.summary.examples
    let values: [Float]
    if let k = encoding.topK {
      values = try TopK(shard.tensors, count: count, k: k, classes: expected.classes).dense(
        classes: expected.classes)
    } else {
      values = try shard.tensors.floats("soft_targets", shape: [count, expected.classes])
    }
    // Before normalising: division would hide a row that sums to 0.5.
    try check(
      .probabilities(values, temperature: temperature), classes: expected.classes, encoding: encoding,
      path: shard.path)
    // Dense 32-bit rows keep their bits: a sum of 0.9999999 is no reason to change the predictions of the teachers.
    return encoding.isLossy ? SoftTargetEncoding.normalised(values, classes: expected.classes) : values
  }

  /// The provenance in a shard's metadata, checked against the teachers of the manifest.
  private static func provenance(_ shard: ShardFile, teachers: [Digest]) throws -> Provenance {
    let words = shard.metadata[teachersKey] ?? ""
    guard words == teachers.map(\.hex).joined(separator: ",") else {
      throw InputError.mismatch(
        path: shard.path, expected: "the words of teacher " + teachers.map(\.short).joined(separator: ", "),
        like: "its manifest", found: String(words.prefix(12)))
    }
    guard let image = shard.metadata[imageShardKey].flatMap({ Digest(hex: $0) }) else {
      throw StorageError.malformed(
        path: shard.path, reason: "expected the digest of an image shard, found none")
    }
    return Provenance(imageShard: image, teachers: teachers)
  }
}
