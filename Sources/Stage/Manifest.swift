import Storage

/// What a finished directory holds and what it was made from. Written last; its bytes are the identity of
/// the directory, so it holds no clock time and no path outside it.
package struct Manifest: Equatable, Sendable {
  package static let fileName = "manifest.json"
  package static let currentFormatVersion = 2

  /// One data file.
  package struct Output: Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    package let bytes: Int
    package let sha256: Digest
    /// The digest of everything that determines the file; equal identities mean equal bytes.
    package let identity: Digest
    /// Of a shard; nil for another file.
    package let summary: ShardSummary?

    /// Examples in it; 0 for what is no shard.
    package var examples: Int { summary?.examples ?? 0 }

    package init(path: String, bytes: Int, sha256: Digest, identity: Digest, summary: ShardSummary?) {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
      self.identity = identity
      self.summary = summary
    }
  }

  package let recipe: Recipe
  package let outputs: [Output]
  package let counts: [String: Int]
  package let results: [String: JSONValue]
  /// Digests of the files in which the rows' indices count: after a join an index alone is no identity.
  package let sources: [Digest]

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

  package var kind: DirectoryKind { recipe.kind }
  package var parameters: [String: JSONValue] { recipe.parameters }
  /// Of all data files.
  package var bytes: Int { outputs.reduce(0) { $0 + $1.bytes } }
}
