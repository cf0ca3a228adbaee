import Storage

/// A finished directory, as a later stage reads it.
package struct FinishedDirectory: Sendable {
  /// As the user named it.
  package let path: String
  /// Checked when it was read.
  package let manifest: Manifest
  /// Of the manifest's bytes: the identity of the directory.
  package let digest: Digest

  /// - Throws: `StorageError.missing`; `StageError.notFinished`, `.wrongManifest`.
  package init(_ path: String) throws {
    self.path = path
    (manifest, digest) = try Manifest.read(path)
  }

  /// The same for a directory of certain kinds.
  ///
  /// - Throws: as above; `StageError.wrongKind`.
  package init(_ path: String, expecting kinds: DirectoryKind...) throws {
    try self.init(path)
    guard kinds.contains(manifest.kind) else {
      throw StageError.wrongKind(path: path, expected: kinds, found: manifest.kind)
    }
  }

  /// Where a data file lies.
  package func path(of output: Manifest.Output) -> String { FileSystem.join(path, output.path) }

  /// The bytes of one data file, checked against the manifest.
  ///
  /// - Throws: `StorageError.missing`, `.truncated`, `.trailingBytes`, `.wrongDigest`; `StageError.replaced` where
  ///   that is so because another run has put another directory in this one's place.
  package func contents(of output: Manifest.Output) throws -> [UInt8] {
    do {
      return try checkedContents(of: output)
    } catch let error as StorageError {
      // Only after a fault, so that reading costs nothing more where all is well.
      if isReplaced { throw StageError.replaced(path: path) }
      throw error
    }
  }

  /// Whether another directory stands here now, or is about to.
  private var isReplaced: Bool {
    do {
      return try Manifest.read(path).digest != digest
    } catch let error as any Failure {
      // What cannot be read, for want of rights or descriptors, may still be the same.
      return error.kind != .inputOutput
    } catch {
      return false
    }
  }

  private func checkedContents(of output: Manifest.Output) throws -> [UInt8] {
    let path = path(of: output)
    let file = try InputFile(path)
    // The size before the digest: it costs nothing, and tells a cut file from a changed one.
    guard file.byteCount >= output.bytes else {
      throw StorageError.truncated(path: path, expected: output.bytes, found: file.byteCount)
    }
    guard file.byteCount == output.bytes else {
      throw StorageError.trailingBytes(path: path, expected: output.bytes, found: file.byteCount)
    }
    let bytes = try file.read(offset: 0, count: output.bytes)
    let found = Digest(of: bytes)
    guard found == output.sha256 else {
      throw StorageError.wrongDigest(path: path, expected: output.sha256, found: found)
    }
    return bytes
  }

  /// The content of one shard, checked against the manifest's entry for it.
  ///
  /// - Throws: as `contents`; `StorageError` for a damaged shard; `StageError.wrongManifest` for a shard that is not
  ///   the one that the entry describes.
  package func shard(_ output: Manifest.Output) throws -> ShardFile {
    let shard = try ShardFile(try contents(of: output), path: path(of: output))
    // The digest vouches for the bytes that somebody listed; this, that they are of this directory: a shard of another
    // temperature under a right digest would be trained on without a word.
    guard shard.kind == manifest.kind, shard.identity == output.identity, shard.summary == output.summary
    else {
      throw StageError.wrongManifest(
        path: path(of: output), reason: "expected the shard that the manifest describes, found another")
    }
    return shard
  }

  /// A whole number that the manifest counts; 0 where it does not.
  package func count(_ name: String) -> Int { manifest.counts[name] ?? 0 }

  /// Names of finished directories right below `directory`, for advice.
  static func names(below directory: String) -> [String] {
    let names = (try? FileSystem.list(directory)) ?? []
    // Lazily, and a few: enough for a message, and the folder may hold a million.
    return Array(
      names.lazy.filter { FileSystem.kind(FileSystem.join(directory, $0 + "/" + Manifest.fileName)) == .file }
        .prefix(8))
  }
}
