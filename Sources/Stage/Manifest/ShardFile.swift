import Storage

/// A shard: a safetensors file in a zstd frame, whose metadata contain its kind, identity and a summary of its rows.
package struct ShardFile: Sendable {
  /// File name suffix of every shard.
  package static let suffix = ".safetensors.zst"
  private static let identityKey = "identity"
  private static let kindKey = "kind"

  /// Content of the frame.
  package let tensors: Safetensors
  /// Kind of the rows.
  package let kind: DirectoryKind
  /// Digest of everything that determines the file.
  package let identity: Digest
  /// Summary of the rows; readers check it against the tensors.
  package let summary: ShardSummary

  /// For messages.
  package var path: String { tensors.path }
  /// Metadata of the safetensors file.
  package var metadata: [String: String] { tensors.metadata }

  /// `shard-00042.safetensors.zst`.
  package static func name(_ number: Int) -> String { "shard-" + padded(number, to: 5) + suffix }

  /// `copy=07`.
  package static func copyFolder(_ copy: Int) -> String { "copy=" + padded(copy, to: 2) }

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Decodes a shard from its compressed bytes.
  ///
  /// - Throws: as `ZstdFrame.decompress` and `Safetensors.init`; `StorageError.malformed` if it is not a shard.
  package init(_ frame: [UInt8], path: String) throws {
    tensors = try Safetensors(try ZstdFrame.decompress(frame, path: path), path: path)
    let metadata = tensors.metadata
    guard let kind = metadata[Self.kindKey].flatMap(DirectoryKind.init),
      let identity = metadata[Self.identityKey].flatMap({ Digest(hex: $0) }),
      let summary = Self.summary(metadata)
    else {
      throw StorageError.malformed(
        path: path, reason: "expected a shard with kind, identity and summary, found none")
    }
    (self.kind, self.identity, self.summary) = (kind, identity, summary)
  }

  private static func summary(_ metadata: [String: String]) -> ShardSummary? {
    guard let text = metadata[ShardSummary.metadataKey] else { return nil }
    var reader = JSONReader(Array(text.utf8))
    var fields = ShardSummary.Fields()
    guard (try? reader.object { try fields.read($0, &$1) }) != nil, (try? reader.end()) != nil else {
      return nil
    }
    return try? fields.summary()
  }

  /// Content of a shard that is being made, before it has an identity.
  package struct Content {
    /// Collects tensors and metadata.
    package var writer = SafetensorsWriter(metadata: [:])
    /// Kind of the rows.
    package let kind: DirectoryKind
    /// Summary of the rows.
    package let summary: ShardSummary

    /// A shard without tensors.
    package init(_ kind: DirectoryKind, summary: ShardSummary) {
      self.kind = kind
      self.summary = summary
    }

    /// The compressed bytes.
    ///
    /// - Throws: `StorageError.contentTooLarge` if readers would refuse the shard; `.outOfMemory`, `.malformed`.
    package func frame(identity: Digest, path: String) throws -> [UInt8] {
      var writer = writer
      // These three overwrite any metadata of the same name, because readers identify the shard by them.
      writer.metadata[ShardFile.kindKey] = kind.rawValue
      writer.metadata[ShardFile.identityKey] = identity.hex
      writer.metadata[ShardSummary.metadataKey] = JSONValue.object(summary.members).description
      return try ZstdFrame.compress(try writer.bytes(), path: path)
    }
  }
}
