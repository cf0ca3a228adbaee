import Storage

/// What a run did to one directory, or would do.
package struct DirectorySummary: Encodable, Sendable {
  /// What became of it.
  package enum Outcome: String, Encodable, Sendable {
    case upToDate = "up to date"
    case made
    case partMade = "part made"
    case wouldBeMade = "would be made"
  }

  /// As the user named it.
  package let output: String
  /// What became of it.
  package let outcome: Outcome
  /// Files made in this run, or to be made.
  package let made: Int
  /// Files that were there already.
  package let reused: Int
  /// In the whole directory; an estimate where it would be made.
  package let bytes: Int
  /// In one copy; nil where nothing is counted.
  package let examples: Int?
  /// Estimate of what making would take.
  package let seconds: Double?
  /// The identity of the directory.
  package let sha256: Digest?
  /// Whether another directory had to make way.
  package var replaced = false

  /// Of a finished directory.
  ///
  /// - Parameters:
  ///   - directory: as the user named it.
  ///   - manifest: of the directory.
  ///   - made: files of data made in this run.
  ///   - isNew: whether the manifest was written in this run, though perhaps over files that were there.
  package init(_ directory: String, _ manifest: Manifest, made: Int, isNew: Bool = false) {
    output = directory
    outcome = made == 0 && !isNew ? .upToDate : .made
    self.made = made
    reused = manifest.outputs.count - (manifest.statistics == nil ? 0 : 1) - made
    bytes = manifest.bytes
    examples = manifest.counts["examples"]
    seconds = nil
    sha256 = Digest(of: manifest.encoded())
  }

  /// Of a part of a directory.
  init(_ part: PartDirectory, made: Int, bytes: Int, seconds: Double?, examples: Int, isDry: Bool = false) {
    output = part.output
    outcome = isDry ? .wouldBeMade : .partMade
    (self.made, reused) = (made, part.reusedCount)
    self.bytes = bytes
    self.examples = examples
    self.seconds = seconds
    sha256 = nil
  }

  /// Of a directory that is only planned, and of which nothing is known, because what it is made from is not there yet.
  package init(_ directory: String, shards: Int, bytes: Int, seconds: Double, examples: Int) {
    output = directory
    outcome = .wouldBeMade
    (made, reused) = (shards, 0)
    self.bytes = bytes
    self.examples = examples
    self.seconds = seconds
    sha256 = nil
  }

  /// Of a directory that is only planned.
  ///
  /// - Parameters:
  ///   - directory: as the user named it.
  ///   - work: what stands there.
  ///   - made: files of data to make; nil for all that are pending.
  ///   - count: of all files of data.
  ///   - bytes: estimated.
  ///   - seconds: estimated.
  ///   - examples: in one copy.
  package init(
    _ directory: String, planned work: OutputDirectory, made: Int? = nil, of count: Int? = nil, bytes: Int,
    seconds: Double, examples: Int?
  ) {
    output = directory
    outcome = work.isUpToDate ? .upToDate : .wouldBeMade
    self.made = made ?? work.pending.count
    reused = count.map { $0 - (made ?? 0) } ?? work.reusedCount
    self.bytes = bytes
    self.examples = examples
    self.seconds = seconds
    sha256 = nil
  }

  /// The last line of a run that made or looked at directories.
  package static func lastLine(_ summaries: [DirectorySummary], seconds: Double) -> String {
    let made = summaries.reduce(0) { $0 + $1.made }
    let reused = summaries.reduce(0) { $0 + $1.reused }
    if summaries.contains(where: { $0.outcome == .wouldBeMade }) {
      return "dry run: \(made) files to make, \(reused) there already"
    }
    return summaries.allSatisfy { $0.outcome == .upToDate }
      ? "up to date" : "done: \(made) shards made, \(reused) reused in \(Format.duration(seconds))"
  }

  /// Prints the summaries as a table, or as one JSON object with the member `outputs`.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package static func report(_ summaries: [DirectorySummary], json: Bool, console: Console) throws {
    try console.result(["outputs": summaries], json: json, text: table(summaries).text)
  }

  private static func table(_ summaries: [DirectorySummary]) -> Table {
    let estimated = summaries.contains { $0.outcome == .wouldBeMade }
    var rows = [["output", "state", "made", "reused", "examples", "bytes", estimated ? "time" : "sha256"]]
    for summary in summaries {
      rows.append([
        summary.output, summary.outcome.rawValue, String(summary.made), String(summary.reused),
        summary.examples.map(String.init) ?? "-", Format.bytes(summary.bytes),
        estimated ? summary.seconds.map(Format.duration) ?? "-" : summary.sha256?.short ?? "-",
      ])
    }
    return Table(rows)
  }
}
