import Stage

extension ImageIngest {
  private static let namedClasses = 8

  /// Says which classes have no image; nil where each has one.
  package var emptyClassText: String? {
    guard let first = emptyClasses.first else { return nil }
    if emptyClasses.count == 1 { return "class \(first) has no image" }
    // Of a thousand classes most may be empty, and a warning is one line.
    let shown = emptyClasses.prefix(Self.namedClasses).map(String.init).joined(separator: ", ")
    return "\(emptyClasses.count) classes have no image: \(shown)"
      + (emptyClasses.count > Self.namedClasses ? ", ..." : "")
  }

  /// Makes the directories one after the other.
  ///
  /// - Parameters:
  ///   - request: the directory above them, and how they are made.
  ///   - threads: of which nothing in the result depends.
  ///   - console: for progress.
  /// - Returns: what was done to each directory.
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
