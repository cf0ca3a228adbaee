import Stage

extension ImageIngest {
  /// Largest number of classes that the message names.
  private static let namedClasses = 8

  /// A message that names the classes without images; nil if every class has one.
  package var emptyClassText: String? {
    guard let first = emptyClasses.first else { return nil }
    if emptyClasses.count == 1 { return "class \(first) has no image" }
    // Most of a thousand classes may be empty, and a warning is one line.
    let shown = emptyClasses.prefix(Self.namedClasses).map(String.init).joined(separator: ", ")
    return "\(emptyClasses.count) classes have no image: \(shown)"
      + (emptyClasses.count > Self.namedClasses ? ", ..." : "")
  }

  /// Writes the directories one after the other.
  ///
  /// - Parameters:
  ///   - request: the directory above them, and how to write them.
  ///   - threads: number of threads; does not affect the result.
  ///   - console: receives progress messages.
  /// - Returns: one summary for each directory.
  /// - Throws: as `ShardStage.make`.
  package func make(_ request: OutputRequest, threads: Int, console: Console) throws -> [DirectorySummary] {
    let begin = ContinuousClock.now
    let summaries = try parts.map {
      try $0.stage.make(request.below($0.split), threads: threads, console: console).summary
    }
    console.note(DirectorySummary.lastLine(summaries, seconds: (ContinuousClock.now - begin).seconds))
    return summaries
  }
}
