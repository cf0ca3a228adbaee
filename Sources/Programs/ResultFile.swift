import Stage
import Storage

/// Files that a program writes besides its table.
package enum ResultFile {
  /// Opens files before the work, so that a path that cannot be written is reported first.
  ///
  /// - Parameters:
  ///   - files: options and their paths; nil for an option that was not given.
  ///   - inputs: paths that the program reads; no output may be one of them.
  /// - Returns: a writer for each option; nil if it was not given.
  /// - Throws: `StageError.overlap`, `OptionError.wrongValue`; as `OwnedPath.check` and `OutputFile.open`.
  package static func open(_ files: [(option: String, path: String?)], inputs: [String]) throws
    -> [OutputFile?]
  {
    var places: [(option: String, place: String)] = []
    for (option, path) in files {
      guard let path else { continue }
      try OwnedPath.check(path)
      // With links resolved, because the same file may be given by different paths.
      let place = FileSystem.absolute(path)
      if let input = inputs.first(where: { FileSystem.absolute($0) == place }) {
        throw StageError.overlap(output: path, input: input)
      }
      // Of two writers to one file the last would win, and the result of the other would be lost.
      if let other = places.first(where: { $0.place == place }) {
        throw OptionError.wrongValue(
          option: option, expected: "another file than that of \(other.option)", found: "'\(path)'")
      }
      places.append((option, place))
    }
    // Only after all checks, because opening already creates a temporary file. A pipe without a reader is waited for;
    // a signal must still end the wait.
    return try files.map { try $0.path.map { try OutputFile.open($0, whileWaiting: Interruption.check) } }
  }

  /// Writes a result as JSON over several lines, and puts the file in its place: the only place that writes JSON to a
  /// file that the user names.
  ///
  /// - Parameters:
  ///   - file: nil where the user wants none.
  ///   - value: the result.
  /// - Throws: `StorageError.writeFailed`.
  package static func finish(_ file: OutputFile?, _ value: some Encodable) throws {
    guard let file else { return }
    try file.write(CanonicalJSON.report(value, pretty: true))
    try file.finish()
  }
}
