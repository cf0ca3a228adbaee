import Stage
import Storage

/// The identity of a row: a position in a source, and a distorted copy of it. Rows with the same origin are the same
/// image.
package struct RowOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Digest of the file of images: after a join of several sets an index alone is ambiguous.
  package let source: Digest
  /// Position in the source.
  package let index: UInt32
  /// Number of the distorted copy, 0 for the original; the shard stores its meaning.
  package let variant: UInt32

  /// The origin of one row.
  package init(source: Digest, index: UInt32, variant: UInt32 = 0) {
    self.source = source
    self.index = index
    self.variant = variant
  }

  /// The same example before it was distorted.
  package var undistorted: RowOrigin { RowOrigin(source: source, index: index) }

  package var description: String {
    "image \(index) of \(source.short)" + (variant == 0 ? "" : ", variant \(variant)")
  }
}

/// The origins of a shard's rows. Shards of examples and of soft targets store them alike, so this type alone reads
/// and writes them.
package struct RowOrigins: Equatable, Sendable {
  private static let sourceKey = "source"

  /// Digest of the file of images, the same for all rows.
  package let source: Digest
  /// [rows], positions in the source.
  package let indices: [UInt32]
  /// [rows], numbers of the distorted copies.
  package let variants: [UInt32]

  /// Number of rows.
  package var count: Int { indices.count }

  /// Creates the origins of rows from one source.
  ///
  /// - Parameters:
  ///   - source: digest of the file of images.
  ///   - indices: [rows], positions in the source.
  ///   - variants: [rows]; nil for original examples.
  package init(source: Digest, indices: [UInt32], variants: [UInt32]? = nil) {
    let variants = variants ?? [UInt32](repeating: 0, count: indices.count)
    precondition(variants.count == indices.count, "\(variants.count) variants of \(indices.count) rows")
    self.source = source
    self.indices = indices
    self.variants = variants
  }

  /// Reads the tensors `indices` and `variants`, U32 [n], and the source.
  ///
  /// - Throws: `StorageError` for tensors of other types and shapes.
  package init(_ shard: ShardFile) throws {
    let count = shard.summary.examples
    guard let source = shard.metadata[Self.sourceKey].flatMap({ Digest(hex: $0) }) else {
      throw StorageError.malformed(path: shard.path, reason: "expected the source of its rows, found none")
    }
    self.source = source
    indices = try shard.tensors.elements("indices", as: UInt32.self, shape: [count])
    variants = try shard.tensors.elements("variants", as: UInt32.self, shape: [count])
  }

  /// Adds the origins to a shard.
  package func write(to writer: inout SafetensorsWriter) {
    writer.metadata[Self.sourceKey] = source.hex
    writer.add("indices", indices, shape: [count])
    writer.add("variants", variants, shape: [count])
  }

  /// The origin of one row.
  package subscript(row: Int) -> RowOrigin {
    RowOrigin(source: source, index: indices[row], variant: variants[row])
  }

  /// The given rows, in the order given.
  package func rows(_ chosen: [Int]) -> RowOrigins {
    RowOrigins(
      source: source, indices: chosen.map { indices[$0] }, variants: chosen.map { variants[$0] })
  }

  /// The first row whose origin differs in `other`, compared up to the shorter length; nil if there is none.
  package func firstDifference(from other: RowOrigins) -> Int? {
    // The usual case, decided by fast comparison of whole arrays.
    if self == other { return nil }
    return (0..<min(count, other.count)).first { self[$0] != other[$0] }
  }
}
