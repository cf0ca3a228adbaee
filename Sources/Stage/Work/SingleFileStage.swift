import Storage

/// Makes a directory with a single data file that is not a shard: a calibrated model or specialist sets.
package struct SingleFileStage {
  /// The data file and its description.
  package struct Content {
    let bytes: [UInt8]
    let counts: [String: Int]
    let results: [String: JSONValue]

    /// - Parameters:
    ///   - bytes: the file's bytes.
    ///   - counts: counts for the manifest.
    ///   - results: results for the manifest.
    package init(bytes: [UInt8], counts: [String: Int], results: [String: JSONValue]) {
      self.bytes = bytes
      self.counts = counts
      self.results = results
    }
  }

  private let plan: Plan

  /// - Parameter plan: a plan with one output.
  package init(_ plan: Plan) { self.plan = plan }

  /// Makes the directory, or estimates the work in a dry run.
  ///
  /// - Parameters:
  ///   - request: output path and options.
  ///   - threads: number of threads for reading existing files.
  ///   - estimate: computes the summary of a dry run.
  ///   - content: computes the file's content; called unless the directory is up to date.
  /// - Returns: the summary, and the manifest; nil after a dry run.
  /// - Throws: `StageError`, `StorageError`; errors of `estimate` and `content`.
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
