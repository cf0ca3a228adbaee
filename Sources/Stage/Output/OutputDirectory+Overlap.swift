import Storage

extension OutputDirectory {
  /// An output inside an input changes what it is made from; an input inside an output is deleted with it.
  ///
  /// - Throws: `StageError.overlap`.
  static func checkOverlap(_ plan: Plan, _ target: String, output: String) throws {
    for input in plan.inputs.map(\.path) {
      let isInside = try FileSystem.kind(input) == .directory && FileSystem.contains(input, target)
      if try isInside || FileSystem.contains(target, input) {
        throw StageError.overlap(output: output, input: input)
      }
    }
  }
}
