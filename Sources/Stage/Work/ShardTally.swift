import Storage

/// What a stage adds up over its shards and writes as one file beside them, so that no reader has to go through all of
/// them again. Its size does not grow with the number of shards.
///
/// A maker adds the shards that it has emitted; those of earlier runs, and of parts, are added here.
package protocol ShardTally: Sendable {
  /// Forgets what was added.
  func clear()

  /// Whether the shard at a position of the plan counts.
  func counts(_ position: Int) -> Bool

  /// Adds a shard that an earlier run has made; from any thread.
  ///
  /// - Throws: `StorageError`, `InputError` for a shard that cannot be read.
  func add(_ shard: ShardFile) throws

  /// Adds what another process has added up.
  ///
  /// - Parameters:
  ///   - file: as `encoded` gives it.
  ///   - path: for messages.
  /// - Throws: `StorageError` for what is no such file.
  func add(_ file: [UInt8], path: String) throws

  /// The content of the file.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  func encoded() throws -> [UInt8]
}

extension ShardTally {
  /// Adds shards that lie on the disk.
  ///
  /// - Parameters:
  ///   - entries: of the shards.
  ///   - directory: where they lie.
  ///   - threads: at most as many at once.
  /// - Throws: `StorageError` for a shard that is not the one of its entry; as `add`.
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
