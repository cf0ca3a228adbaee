import Storage

/// A finished directory, as a later stage reads it.
package struct Whole: Sendable {
  package let directory: String
  package let manifest: Manifest
  /// Of the manifest's bytes: the identity of the directory.
  package let digest: Digest

  /// - Throws: `StorageError.missing`; `StageError.notFinished`, `.wrongManifest`.
  package init(_ directory: String) throws {
    self.directory = directory
    (manifest, digest) = try Manifest.read(directory)
  }

  package func path(of output: Manifest.Output) -> String { FileSystem.join(directory, output.path) }

  /// The bytes of one data file, checked against the manifest.
  ///
  /// - Throws: `StorageError.missing`, `.truncated`, `.trailingBytes`, `.wrongDigest`.
  package func contents(of output: Manifest.Output) throws -> [UInt8] {
    let path = path(of: output)
    let file = try InputFile(path)
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

  /// A whole number that the manifest counts.
  ///
  /// - Throws: `StageError.wrongManifest` if it does not.
  package func count(_ name: String) throws -> Int {
    guard let value = manifest.counts[name] else {
      throw StageError.wrongManifest(
        path: FileSystem.join(directory, Manifest.fileName), reason: "expected a count of \(name), found none"
      )
    }
    return value
  }
}
