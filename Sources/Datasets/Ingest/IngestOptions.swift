import Stage

/// Settings of the image shards made from a source.
package struct IngestOptions: Sendable {
  /// The order of rows in the shards.
  package enum Order: String, Sendable, CaseIterable {
    /// A seeded permutation, so that each shard is a sample of the source and the source's order does not matter.
    case mixed
    /// The order of the source.
    case source
  }

  /// The treatment of images with label -1, the usual mark for "unlabelled".
  package enum Unlabelled: String, Sendable, CaseIterable {
    /// An error, unless all images are unlabelled.
    case refuse
    /// They are left out.
    case drop
    /// All images are taken; if one is unlabelled, the labels of all are discarded.
    case ignore
  }

  /// Name of the directory.
  package var split = "train"
  /// Number of images held out for validation; 0 for none.
  package var validation = 0
  /// Distortion of each copy; nil for clean images.
  package var distortion: (any Distortion)?
  /// Number of copies of the set, each distorted differently.
  package var copies = 1
  /// Examples in a shard; the last one may have fewer.
  package var shardSize = 4096
  /// The order of rows in the shards.
  package var order = Order.mixed
  /// Number of classes; nil for the largest label plus one.
  package var classes: Int?
  /// [classes], names of the classes; nil without names.
  package var labelNames: [String]?
  /// The treatment of images with label -1 among labelled ones.
  package var unlabelled = Unlabelled.refuse
  /// Seed of order, split and distortion.
  package var seed = 0

  /// Default settings.
  package init() {}

  /// Checks each setting and their combination.
  ///
  /// - Throws: `ParameterError.wrongValue`.
  package func check() throws {
    func expect(_ holds: Bool, _ parameter: String, _ expected: String, _ found: Any) throws {
      guard holds else {
        throw ParameterError.wrongValue(parameter: parameter, expected: expected, found: "\(found)")
      }
    }
    try expect(seed >= 0, "seed", "0 or more", seed)
    try expect(validation >= 0, "validation", "0 or more", validation)
    // Double optional: no distortion allows one copy, a distortion without a limit allows any number.
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
