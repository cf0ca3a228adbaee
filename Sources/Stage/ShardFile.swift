import Storage

/// A safetensors file in a zstd frame, which names in its metadata what determines its bytes.
package enum ShardFile {
  package static let suffix = ".safetensors.zst"
  /// Metadata key of the identity.
  package static let identityKey = "identity"

  /// - Throws: `StorageError.damagedFrame` and the faults of safetensors.
  package static func decode(_ bytes: [UInt8], path: String) throws -> Safetensors {
    try Safetensors(try ZstdFrame.decompress(bytes, path: path), path: path)
  }

  /// The identity that the shard at `path` carries; nil if it is no whole shard of ours.
  package static func identity(of bytes: [UInt8], path: String) -> Digest? {
    guard let shard = try? decode(bytes, path: path) else { return nil }
    return shard.metadata[identityKey].flatMap(Digest.init(hex:))
  }
}
