import Storage

/// A safetensors file in a zstd frame that says of itself what it is: its kind, what determines its bytes, and a
/// summary of its rows.
package struct ShardFile: Sendable {
  /// End of every shard's name.
  package static let suffix = ".safetensors.zst"
  private static let identityKey = "identity"
  private static let kindKey = "kind"

  /// What the frame holds.
  package let tensors: Safetensors
  /// What its rows are.
  package let kind: DirectoryKind
  /// The digest of everything that determines the file.
  package let identity: Digest
  /// Of its rows, which the readers count against it.
  package let summary: ShardSummary

  /// For messages.
  package var path: String { tensors.path }
  /// Of the safetensors file.
  package var metadata: [String: String] { tensors.metadata }

  /// `shard-00042.safetensors.zst`.
  package static func name(_ number: Int) -> String { "shard-" + padded(number, to: 5) + suffix }

  /// `copy=07`.
  package static func copyFolder(_ copy: Int) -> String { "copy=" + padded(copy, to: 2) }

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Reads a shard's bytes, as they lie on disk.
  ///
  /// - Throws: `StorageError.damagedFrame` and the faults of safetensors; `.malformed` for what is no shard.
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

  /// Tensors on their way into a shard, without what tells it from others.
  package struct Content {
    /// Takes tensors and metadata.
    package var writer = SafetensorsWriter(metadata: [:])
    /// What its rows are.
    package let kind: DirectoryKind
    /// Of its rows.
    package let summary: ShardSummary

    /// No tensors yet.
    package init(_ kind: DirectoryKind, summary: ShardSummary) {
      self.kind = kind
      self.summary = summary
    }

    /// The bytes as they lie on disk.
    ///
    /// - Throws: `StorageError` where the shard would be larger than its readers take.
    package func frame(identity: Digest, path: String) throws -> [UInt8] {
      var writer = writer
      // Over what a stage may have put there: by these three a reader tells whose shard it is.
      writer.metadata[ShardFile.kindKey] = kind.rawValue
      writer.metadata[ShardFile.identityKey] = identity.hex
      writer.metadata[ShardSummary.metadataKey] = JSONValue.object(summary.members).description
      return try ZstdFrame.compress(try writer.bytes(), path: path)
    }
  }
}
