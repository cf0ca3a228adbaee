import Stage

/// What shapes the image shards made from a source.
package struct IngestOptions: Sendable {
  /// In which order rows go into shards.
  package enum Order: String, Sendable, CaseIterable {
    /// A seeded one, so that each shard is a sample of the source, whose own order then means nothing to a training.
    case mixed
    /// That of the source.
    case source
  }

  /// What becomes of images whose label is -1, which is how people say that nobody has labelled them.
  package enum Unlabelled: String, Sendable, CaseIterable {
    /// An error, unless all are so.
    case refuse
    /// They are left out.
    case drop
    /// All images are taken, and none has a label.
    case ignore
  }

  /// Name of the split's directory.
  package var split = "train"
  /// Images held out for validation; 0 for none.
  package var validation = 0
  /// What each copy of an image is; nil for clean images.
  package var distortion: (any Distortion)?
  /// Copies of the set, each image distorted otherwise in each.
  package var copies = 1
  /// Examples in a shard.
  package var shardSize = 4096
  /// In which order rows go into shards.
  package var order = Order.mixed
  /// Classes; nil to take the largest label's number plus one.
  package var classes: Int?
  /// What people call the classes; nil where nobody says.
  package var labelNames: [String]?
  /// What becomes of images whose label is -1 where others have one.
  package var unlabelled = Unlabelled.refuse
  /// Of order, split and distortion.
  package var seed = 0

  /// The defaults.
  package init() {}

  /// - Throws: `ParameterError.wrongValue`.
  package func check() throws {
    func expect(_ holds: Bool, _ parameter: String, _ expected: String, _ found: Any) throws {
      guard holds else {
        throw ParameterError.wrongValue(parameter: parameter, expected: expected, found: "\(found)")
      }
    }
    try expect(seed >= 0, "seed", "0 or more", seed)
    try expect(validation >= 0, "validation", "0 or more", validation)
    let most = distortion.map(\.copyLimit) ?? 1
    try expect(
      copies >= 1 && copies <= most ?? copies, "copies",
      most.map { "1 to \($0), as many as differ by the distortion" } ?? "1 or more", copies)
    try expect((1...1 << 24).contains(shardSize), "shard-size", "1 to 16777216 examples", shardSize)
    if let labelNames {
      let most = classes ?? labelNames.count
      try expect(labelNames.count == most, "label-names", "\(most) names, one a class", labelNames.count)
    }
    try expect(classes.map { (1...1 << 24).contains($0) } ?? true, "classes", "1 to 16777216", classes ?? 0)
    try expect(
      !split.isEmpty && split != "validation" && !split.contains("/") && !split.hasPrefix("."), "split",
      "a plain name other than validation", "'\(split)'")
  }
}
