import Machine
import Storage

/// Statistics that a stage accumulates over its shards and writes as a file beside them, so that readers need not
/// read all shards again. Its size does not depend on the number of shards.
///
/// The maker adds the shards that it makes; `ShardStage` adds those of earlier runs and of parts.
package protocol ShardTally: Sendable {
  /// Resets the tally.
  func clear()

  /// Whether the shard at a position of the plan is included.
  func counts(_ position: Int) -> Bool

  /// Adds a shard of an earlier run; called from any thread.
  ///
  /// - Throws: `StorageError`, `InputError` for a shard that cannot be read.
  func add(_ shard: ShardFile) throws

  /// Adds the tally of another process.
  ///
  /// - Parameters:
  ///   - file: bytes from `encoded()`.
  ///   - path: for messages.
  /// - Throws: `StorageError` if the bytes are not a tally.
  func add(_ file: [UInt8], path: String) throws

  /// The bytes of the tally's file.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  func encoded() throws -> [UInt8]
}

extension ShardTally {
  /// Reads and adds shards from the disk.
  ///
  /// - Parameters:
  ///   - entries: entries of the shards.
  ///   - directory: path of the directory.
  ///   - threads: number of threads.
  /// - Throws: `StorageError`, also for a shard that does not match its entry; as `add(_:)`.
  func add(_ entries: [Manifest.Output], in directory: String, threads: Int) throws {
    try Processors.forEach(below: entries.count, threads: threads) { number in
      let entry = entries[number]
      let path = FileSystem.join(directory, entry.path)
      let bytes = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
      guard Digest(of: bytes) == entry.sha256 else {
        throw StorageError.wrongDigest(path: path, expected: entry.sha256, found: Digest(of: bytes))
      }
      try add(ShardFile(bytes, path: path))
    }
  }
}
