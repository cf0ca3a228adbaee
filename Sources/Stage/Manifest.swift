import Foundation
import Storage

/// What a finished directory holds and what it was made from. Written last; its bytes are the identity of
/// the directory, so it holds no clock time and no path outside it.
package struct Manifest: Codable, Equatable, Sendable {
  package static let fileName = "manifest.json"
  package static let currentFormatVersion = 1
  private static let byteLimit = 256 << 20

  /// One input, by digest alone: where it lay is in `locations.json`.
  package struct Input: Codable, Equatable, Sendable {
    /// What the stage used it as: `images`, `teacher.0`, ...
    package let name: String
    /// Of the input's manifest, or of the file where it is a file.
    package let digest: Digest

    package init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// One data file.
  package struct Output: Codable, Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    package let bytes: Int
    package let sha256: Digest
    /// The digest of everything that determines the file; equal identities mean equal bytes.
    package let identity: Digest
    /// Examples in it, for shards.
    package let examples: Int?
  }

  package var formatVersion = Self.currentFormatVersion
  package var stage: String
  /// Raised when the same inputs would give other bytes.
  package var arithmeticVersion: Int
  package var parameters: [String: JSONValue]
  package var inputs: [Input]
  package var outputs: [Output]
  package var counts: [String: Int]
  package var results: [String: JSONValue]
  /// The digest of all the other fields, so that no damaged byte goes unseen.
  private var check: Digest?

  package init(
    stage: String, arithmeticVersion: Int, parameters: [String: JSONValue], inputs: [Input],
    outputs: [Output], counts: [String: Int], results: [String: JSONValue]
  ) {
    self.stage = stage
    self.arithmeticVersion = arithmeticVersion
    self.parameters = parameters
    self.inputs = inputs
    self.outputs = outputs
    self.counts = counts
    self.results = results
  }

  /// The file's bytes, self-check included.
  package func encoded() throws -> [UInt8] {
    var sealed = self
    sealed.check = nil
    sealed.check = try CanonicalJSON.digest(of: sealed)
    return try CanonicalJSON.report(sealed, pretty: true)
  }

  /// Reads and checks a manifest.
  ///
  /// - Returns: the manifest, and the digest of its bytes.
  /// - Throws: `StageError.notFinished`, `.wrongManifest`; `StorageError` if it cannot be read.
  package static func read(_ directory: String) throws -> (manifest: Manifest, digest: Digest) {
    let path = FileSystem.join(directory, fileName)
    guard FileSystem.kind(directory) != nil else { throw StorageError.missing(path: directory) }
    guard FileSystem.kind(path) != nil else { throw StageError.notFinished(path: directory) }
    let bytes = try InputFile.contents(of: path, limit: byteLimit)
    struct Version: Decodable { let formatVersion: Int }
    if let version = try? JSONDecoder().decode(Version.self, from: Data(bytes)).formatVersion,
      version != currentFormatVersion
    {
      throw StageError.wrongManifest(
        path: path, reason: "expected format version \(currentFormatVersion), found \(version)")
    }
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)) else {
      throw StageError.wrongManifest(path: path, reason: "not a manifest (damaged JSON)")
    }
    guard try manifest.encoded() == bytes else {
      throw StageError.wrongManifest(path: path, reason: "checksum mismatch: damaged or edited")
    }
    return (manifest, Digest(of: bytes))
  }
}
