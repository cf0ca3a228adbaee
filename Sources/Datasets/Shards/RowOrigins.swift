import Stage
import Storage

/// Which example a row is: a position in a source, and a distorted copy of it. Two rows of one origin are the same picture.
package struct RowOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Digest of the file of images: after a join an index alone is no identity.
  package let source: Digest
  /// Position in the source.
  package let index: UInt32
  /// Which distorted copy, 0 for the example as it is; what the number means stands in the shard.
  package let variant: UInt32

  /// Of one row.
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

/// The origins of a shard's rows, of examples and of soft targets alike; their one reader and writer.
package struct RowOrigins: Equatable, Sendable {
  private static let sourceKey = "source"

  /// One for all rows.
  package let source: Digest
  /// [rows], position in the source.
  package let indices: [UInt32]
  /// [rows], which distorted copy.
  package let variants: [UInt32]

  /// Rows.
  package var count: Int { indices.count }

  /// Of rows of one source.
  ///
  /// - Parameters:
  ///   - source: digest of the file of images.
  ///   - indices: [rows], position in the source.
  ///   - variants: [rows]; nil for examples as they are.
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

  /// Adds them to a shard in the making.
  package func write(to writer: inout SafetensorsWriter) {
    writer.metadata[Self.sourceKey] = source.hex
    writer.add("indices", indices, shape: [count])
    writer.add("variants", variants, shape: [count])
  }

  /// The origin of one row.
  package subscript(row: Int) -> RowOrigin {
    RowOrigin(source: source, index: indices[row], variant: variants[row])
  }

  /// Some of the rows, in the order given.
  package func rows(_ chosen: [Int]) -> RowOrigins {
    RowOrigins(
      source: source, indices: chosen.map { indices[$0] }, variants: chosen.map { variants[$0] })
  }

  /// The first row that is of another origin in `other`, among those that both have; nil if there is none.
  package func firstDifference(from other: RowOrigins) -> Int? {
    // At once where all agree, as almost always.
    if self == other { return nil }
    return (0..<min(count, other.count)).first { self[$0] != other[$0] }
  }
}
