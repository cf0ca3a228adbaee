import Storage

/// A safetensors file in a zstd frame, which names in its metadata what determines its bytes.
package enum ShardFile {
  package static let suffix = ".safetensors.zst"
  /// Metadata key of the identity.
  package static let identityKey = "identity"

  /// `shard-00042.safetensors.zst`.
  package static func name(_ number: Int) -> String {
    let digits = String(number)
    return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + suffix
  }

  /// - Throws: `StorageError.damagedFrame` and the faults of safetensors.
  package static func decode(_ bytes: [UInt8], path: String) throws -> Safetensors {
    try Safetensors(try ZstdFrame.decompress(bytes, path: path), path: path)
  }
}
