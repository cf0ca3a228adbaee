import Storage

/// A finished directory that a later stage reads.
package struct FinishedDirectory: Sendable {
  /// Path as the user gave it.
  package let path: String
  /// The manifest, already checked.
  package let manifest: Manifest
  /// Digest of the manifest's bytes, which is the identity of the directory.
  package let digest: Digest

  /// - Throws: `StageError.notFinished`, `.wrongManifest`; `StorageError` if the manifest cannot be read.
  package init(_ path: String) throws {
    self.path = path
    (manifest, digest) = try Manifest.read(path)
  }

  /// Reads a directory and checks its kind.
  ///
  /// - Throws: as `init(_:)`; `StageError.wrongKind`.
  package init(_ path: String, expecting kinds: DirectoryKind...) throws {
    try self.init(path)
    guard kinds.contains(manifest.kind) else {
      throw StageError.wrongKind(path: path, expected: kinds, found: manifest.kind)
    }
  }

  /// Path of a data file.
  package func path(of output: Manifest.Output) -> String { FileSystem.join(path, output.path) }

  /// The bytes of a data file, with size and digest checked against the manifest.
  ///
  /// - Throws: as `InputFile.init`; `StorageError.truncated`, `.trailingBytes`, `.wrongDigest`, `.outOfMemory`;
  ///   `StageError.replaced` if the cause is that another run has replaced the directory meanwhile.
  package func contents(of output: Manifest.Output) throws -> [UInt8] {
    do {
      return try checkedContents(of: output)
    } catch let error as StorageError {
      // Checked only after an error, so that a normal read costs nothing extra.
      if isReplaced { throw StageError.replaced(path: path) }
      throw error
    }
  }

  /// Whether the directory has been replaced since it was opened, or is being replaced now.
  private var isReplaced: Bool {
    do {
      return try Manifest.read(path).digest != digest
    } catch let error as any Failure {
      // Without permissions or free descriptors the manifest cannot be compared, so it may still be the same.
      return error.kind != .inputOutput
    } catch {
      return false
    }
  }

  private func checkedContents(of output: Manifest.Output) throws -> [UInt8] {
    let path = path(of: output)
    let file = try InputFile(path)
    // The size before the digest: it is free to check, and distinguishes a truncated file from a changed one.
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

  /// The content of a shard, checked against its entry in the manifest.
  ///
  /// - Throws: as `contents`; `StorageError` for a damaged shard; `StageError.wrongManifest` for another shard than
  ///   the entry describes.
  package func shard(_ output: Manifest.Output) throws -> ShardFile {
    let shard = try ShardFile(try contents(of: output), path: path(of: output))
    // The digest only proves that these are the listed bytes. A manifest edited by hand could list a shard of another
    // temperature with a correct digest, and a student would be trained on it without a warning.
    guard shard.kind == manifest.kind, shard.identity == output.identity, shard.summary == output.summary
    else {
      throw StageError.wrongManifest(
        path: path(of: output), reason: "expected the shard that the manifest describes, found another")
    }
    return shard
  }

  /// A count in the manifest; 0 if it has none of this name.
  package func count(_ name: String) -> Int { manifest.counts[name] ?? 0 }

  /// Names of a few finished directories directly below `directory`, for advice.
  static func names(below directory: String) -> [String] {
    let names = (try? FileSystem.list(directory)) ?? []
    // Lazy, and at most eight: enough for a message, and the directory may have a million entries.
    return Array(
      names.lazy.filter { FileSystem.kind(FileSystem.join(directory, $0 + "/" + Manifest.fileName)) == .file }
        .prefix(8))
  }
}
