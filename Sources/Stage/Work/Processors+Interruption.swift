import Machine

/// Work on all processors that a signal ends early.
extension Processors {
  /// As `forEach` of `Machine`, until a signal comes.
  ///
  /// - Parameters:
  ///   - count: how many calls.
  ///   - threads: at most as many at once.
  ///   - body: the work of one index.
  /// - Throws: the error of the lowest index that failed; `StageError.interrupted`.
  package static func forEach(below count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void) throws {
    try forEach(below: count, threads: threads, check: Interruption.check, body)
  }

  /// As `map` of `Machine`, until a signal comes.
  ///
  /// - Parameters:
  ///   - count: how many calls.
  ///   - threads: at most as many at once.
  ///   - body: the work of one index.
  /// - Returns: [count].
  /// - Throws: as `forEach`.
  package static func map<Element: Sendable>(
    below count: Int, threads: Int, _ body: @Sendable (Int) throws -> Element
  ) throws -> [Element] {
    try map(below: count, threads: threads, check: Interruption.check, body)
  }
}
