import Storage

/// Writes the files of a plan; usable from any thread.
package struct Publisher: Sendable {
  let directory: String
  let plan: Plan

  /// Path of the file at a position of the plan.
  package func path(of position: Int) -> String { FileSystem.join(directory, plan.outputs[position].path) }

  /// Writes the file at a position of the plan.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - position: position in the plan.
  ///   - summary: summary of the rows of a shard; nil for other files.
  /// - Returns: the position and the entry for the manifest.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  package func publish(_ bytes: [UInt8], at position: Int, summary: ShardSummary? = nil) throws -> (
    position: Int, entry: Manifest.Output
  ) {
    let output = plan.outputs[position]
    try AtomicFile.write(bytes, to: path(of: position))
    // Digest of the bytes in memory, not of the file: a disk that stored other bytes is detected at the next read.
    return (
      position,
      Manifest.Output(
        path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
        summary: summary)
    )
  }
}
