import Storage

/// Writes the files of a plan, from any thread.
package struct Publisher: Sendable {
  let directory: String
  let plan: Plan

  /// Where the file at a position of the plan is written.
  package func path(of position: Int) -> String { FileSystem.join(directory, plan.outputs[position].path) }

  /// Writes the file at a position of the plan.
  ///
  /// - Parameters:
  ///   - bytes: all of the file.
  ///   - position: in the plan.
  ///   - summary: of its rows, if it is a shard.
  /// - Returns: its position and its entry for the manifest.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  package func publish(_ bytes: [UInt8], at position: Int, summary: ShardSummary? = nil) throws -> (
    position: Int, entry: Manifest.Output
  ) {
    let output = plan.outputs[position]
    try AtomicFile.write(bytes, to: path(of: position))
    // The digest is of the bytes in memory: what a disk made of them shows when they are read.
    return (
      position,
      Manifest.Output(
        path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
        summary: summary)
    )
  }
}
