import Storage

/// Result of a run for one directory, or of a dry run.
package struct DirectorySummary: Encodable, Sendable {
  /// State of the directory after the run.
  package enum Outcome: String, Encodable, Sendable {
    case upToDate = "up to date"
    case made
    case partMade = "part made"
    case wouldBeMade = "would be made"
  }

  /// Path as the user gave it.
  package let output: String
  /// State of the directory after the run.
  package let outcome: Outcome
  /// Number of data files made in this run; in a dry run, to be made.
  package let made: Int
  /// Number of data files that existed already.
  package let reused: Int
  /// Size of the whole directory, in bytes; an estimate in a dry run.
  package let bytes: Int
  /// Examples in one copy; nil if the manifest has no such count.
  package let examples: Int?
  /// Estimated time to make the directory, in seconds; nil after a real run.
  package let seconds: Double?
  /// The identity of the directory; nil if it is only planned, and for a part.
  package let sha256: Digest?
  /// Whether an existing directory was replaced.
  package var replaced = false

  /// Summary of a finished directory.
  ///
  /// - Parameters:
  ///   - directory: path as the user gave it.
  ///   - manifest: manifest of the directory.
  ///   - made: number of data files made in this run.
  ///   - isNew: whether the manifest was written in this run, even if all data files existed.
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

  /// Summary of a part of a directory.
  init(_ part: PartDirectory, made: Int, bytes: Int, seconds: Double?, examples: Int, isDry: Bool = false) {
    output = part.output
    outcome = isDry ? .wouldBeMade : .partMade
    (self.made, reused) = (made, part.reusedCount)
    self.bytes = bytes
    self.examples = examples
    self.seconds = seconds
    sha256 = nil
  }

  /// Summary of a planned directory whose inputs do not exist yet, so that only estimates are known.
  package init(_ directory: String, shards: Int, bytes: Int, seconds: Double, examples: Int) {
    output = directory
    outcome = .wouldBeMade
    (made, reused) = (shards, 0)
    self.bytes = bytes
    self.examples = examples
    self.seconds = seconds
    sha256 = nil
  }

  /// Summary of a planned directory.
  ///
  /// - Parameters:
  ///   - directory: path as the user gave it.
  ///   - work: comparison of the plan with the present directory.
  ///   - made: number of data files to make; nil for all pending ones.
  ///   - count: number of all data files.
  ///   - bytes: estimated size in bytes.
  ///   - seconds: estimated time in seconds.
  ///   - examples: examples in one copy.
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

  /// The last line of a run.
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
