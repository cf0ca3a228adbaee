import Machine

/// Parallel work that a signal ends early.
extension Processors {
  /// Calls `body` like `forEach` of `Machine`, until a signal comes.
  ///
  /// - Parameters:
  ///   - count: number of calls.
  ///   - threads: largest number of threads, including the caller's.
  ///   - body: the task of one index.
  /// - Throws: the error of the lowest index that failed; `StageError.interrupted`.
  package static func forEach(below count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void) throws {
    try forEach(below: count, threads: threads, check: Interruption.check, body)
  }

  /// Returns results like `map` of `Machine`; throws if a signal comes.
  ///
  /// - Parameters:
  ///   - count: number of calls.
  ///   - threads: largest number of threads, including the caller's.
  ///   - body: the task of one index.
  /// - Returns: [count].
  /// - Throws: as `forEach`.
  package static func map<Element: Sendable>(
    below count: Int, threads: Int, _ body: @Sendable (Int) throws -> Element
  ) throws -> [Element] {
    try map(below: count, threads: threads, check: Interruption.check, body)
  }
}
