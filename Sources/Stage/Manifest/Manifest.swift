import Storage

/// What a finished directory holds and what it was made from. Written last; its bytes are the identity of
/// the directory, so it holds no clock time and no path outside it.
package struct Manifest: Equatable, Sendable {
  /// Name in every finished directory.
  package static let fileName = "manifest.json"
  /// Of all files of ours; raised when a reader of the older ones would go wrong.
  package static let currentFormatVersion = 3
  /// Of the file beside the shards of examples that adds them up.
  package static let statisticsName = "statistics.st"

  /// One data file.
  package struct Output: Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    /// Size of the file.
    package let bytes: Int
    /// Of the file as it lies on disk.
    package let sha256: Digest
    /// The digest of everything that determines the file; equal identities mean equal bytes.
    package let identity: Digest
    /// Of a shard; nil for another file.
    package let summary: ShardSummary?

    /// Examples in it; 0 for what is no shard.
    package var examples: Int { summary?.examples ?? 0 }

    /// An entry, as a publisher makes it.
    package init(path: String, bytes: Int, sha256: Digest, identity: Digest, summary: ShardSummary?) {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
      self.identity = identity
      self.summary = summary
    }
  }

  /// How it came about.
  package let recipe: Recipe
  /// Every data file, in the order of the plan.
  package let outputs: [Output]
  /// Whole numbers by name: `examples`, `classes`, ...
  package let counts: [String: Int]
  /// What came out, by name: `loss`, `kl`, ...
  package let results: [String: JSONValue]
  /// Digests of the files in which the rows' indices count: after a join an index alone is no identity.
  package let sources: [Digest]

  /// A manifest in memory, not yet checked: reading does that.
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

  /// What the directory holds.
  package var kind: DirectoryKind { recipe.kind }
  /// By the flags that set them.
  package var parameters: [String: JSONValue] { recipe.parameters }
  /// The outputs that hold rows.
  package var shards: [Output] { outputs.filter { $0.summary != nil } }
  /// The output that adds the rows up; nil where there is none.
  package var statistics: Output? { outputs.last.flatMap { $0.path == Self.statisticsName ? $0 : nil } }
  /// Of all data files.
  package var bytes: Int { outputs.reduce(0) { $0 + $1.bytes } }
}
