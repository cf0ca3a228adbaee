import Storage

/// Content and origin of a finished directory. It is written last, and the digest of its bytes is the identity of the
/// directory, so it contains neither clock times nor paths outside the directory.
package struct Manifest: Equatable, Sendable {
  /// File name in every finished directory.
  package static let fileName = "manifest.json"
  /// Version of all file formats; raised when older readers would misread the files.
  package static let currentFormatVersion = 3
  /// Name of the file with statistics over all shards of examples.
  package static let statisticsName = "statistics.st"

  /// One data file.
  package struct Output: Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    /// Size of the file, in bytes.
    package let bytes: Int
    /// Digest of the file as stored on disk, that is, compressed.
    package let sha256: Digest
    /// Digest of everything that determines the file; equal identities mean equal bytes.
    package let identity: Digest
    /// Summary of a shard's rows; nil for other files.
    package let summary: ShardSummary?

    /// Number of examples; 0 if the file is not a shard.
    package var examples: Int { summary?.examples ?? 0 }

    /// An entry, made by `Publisher`.
    package init(path: String, bytes: Int, sha256: Digest, identity: Digest, summary: ShardSummary?) {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
      self.identity = identity
      self.summary = summary
    }
  }

  /// Kind, stage, parameters and inputs.
  package let recipe: Recipe
  /// Every data file, in the order of the plan.
  package let outputs: [Output]
  /// Whole numbers by name: `examples`, `classes`, ...
  package let counts: [String: Int]
  /// Results worth keeping, by name: `loss`, `kl`, ...
  package let results: [String: JSONValue]
  /// Digests of the source files that the rows' indices refer to: after a join, an index alone is ambiguous.
  package let sources: [Digest]

  /// A manifest in memory; it is checked when it is read from a file.
  package init(
    recipe: Recipe, outputs: [Output], counts: [String: Int], results: [String: JSONValue] = [:],
    sources: [Digest] = []
  ) {
    self.recipe = recipe
    self.outputs = outputs
    self.counts = counts
    self.results = results
    self.sources = sources
  }

  /// Kind of the directory.
  package var kind: DirectoryKind { recipe.kind }
  /// Parameters by the names of their flags.
  package var parameters: [String: JSONValue] { recipe.parameters }
  /// Outputs that contain rows.
  package var shards: [Output] { outputs.filter { $0.summary != nil } }
  /// The file with statistics over all rows; nil if there is none.
  package var statistics: Output? { outputs.last.flatMap { $0.path == Self.statisticsName ? $0 : nil } }
  /// Total size of all data files, in bytes.
  package var bytes: Int { outputs.reduce(0) { $0 + $1.bytes } }
}
