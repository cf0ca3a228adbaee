import Storage

extension OutputDirectory {
  /// Refuses an output inside an input, which would change the input, and an input inside an output, which would be
  /// deleted with it.
  ///
  /// - Throws: `StageError.overlap`.
  static func checkOverlap(_ plan: Plan, _ target: String, output: String) throws {
    for input in plan.inputs.map(\.path) {
      let isInside = try FileSystem.kind(input) == .directory && FileSystem.contains(input, target)
      // The reverse holds for files as well: an input file inside the output is also lost when the output is
      // replaced.
      if try isInside || FileSystem.contains(target, input) {
        throw StageError.overlap(output: output, input: input)
      }
    }
  }
}
