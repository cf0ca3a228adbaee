import Storage

/// The making of a directory with one data file that is no shard, in one go.
package struct SingleFileStage {
  /// What is made.
  package struct Content {
    let bytes: [UInt8]
    let counts: [String: Int]
    let results: [String: JSONValue]

    /// - Parameters:
    ///   - bytes: of the file.
    ///   - counts: as the manifest keeps them.
    ///   - results: the same.
    package init(bytes: [UInt8], counts: [String: Int], results: [String: JSONValue]) {
      self.bytes = bytes
      self.counts = counts
      self.results = results
    }
  }

  private let plan: Plan

  /// - Parameter plan: of one output.
  package init(_ plan: Plan) { self.plan = plan }

  /// Makes the directory, or says what making it would take.
  ///
  /// - Parameters:
  ///   - request: where, and how.
  ///   - threads: for what has to be read.
  ///   - estimate: what making it would take, of a dry run.
  ///   - content: makes the file's content, where it is to be made.
  /// - Returns: what was done; and the manifest, nil of a dry run.
  /// - Throws: `StageError`, `StorageError`; what `estimate` and `content` throw.
  package func make(
    _ request: OutputRequest, threads: Int, estimate: (OutputDirectory) throws -> DirectorySummary,
    content: () throws -> Content
  ) throws -> (summary: DirectorySummary, manifest: Manifest?) {
    let directory = try OutputDirectory(plan, request, threads: threads)
    if request.dryRun { return (try estimate(directory), nil) }
    try directory.begin()
    if let manifest = directory.manifest, directory.isUpToDate {
      return (DirectorySummary(request.output, manifest, made: 0), manifest)
    }
    let content = try content()
    directory.adopt([try directory.publisher.publish(content.bytes, at: 0)])
    let manifest = try directory.finish { _ in (content.counts, content.results) }
    var summary = DirectorySummary(request.output, manifest, made: 1)
    summary.replaced = directory.replaces
    return (summary, manifest)
  }
}
