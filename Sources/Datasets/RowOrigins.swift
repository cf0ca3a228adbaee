import Stage
import Storage

/// Where a row came from: an image of a source, and how it was distorted. Two rows of one origin are the same picture.
package struct RowOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Digest of the file of images: after a join an index alone is no identity.
  package let source: Digest
  /// Position in the source.
  package let index: UInt32
  /// (dy, dx) in pixels.
  package let shift: Shift

  /// Of one row.
  package init(source: Digest, index: UInt32, shift: Shift) {
    self.source = source
    self.index = index
    self.shift = shift
  }

  /// The same picture before it was distorted.
  package var unshifted: RowOrigin { RowOrigin(source: source, index: index, shift: Shift(dy: 0, dx: 0)) }

  package var description: String {
    "image \(index) of \(source.short) shifted by (\(shift.dy), \(shift.dx))"
  }
}

/// A move by whole pixels, down and to the right.
package struct Shift: Hashable, Sendable {
  /// Down, in pixels.
  package let dy: Int8
  /// To the right, in pixels.
  package let dx: Int8

  /// A move; (0, 0) leaves an image as it is.
  package init(dy: Int8, dx: Int8) {
    self.dy = dy
    self.dx = dx
  }
}

/// The origins of a shard's rows, of images and of soft targets alike; their one reader and writer. Another kind of
/// distortion is another tensor here, and another member of `RowOrigin`.
package struct RowOrigins: Equatable, Sendable {
  private static let sourceKey = "source"

  /// One for all rows.
  package let source: Digest
  /// [rows], position in the source.
  package let indices: [UInt32]
  /// [rows, 2], (dy, dx) in pixels.
  package let shifts: [Int8]

  /// Rows.
  package var count: Int { indices.count }

  /// Of rows of one source.
  package init(source: Digest, indices: [UInt32], shifts: [Int8]) {
    precondition(shifts.count == indices.count * 2, "\(shifts.count) shifts of \(indices.count) rows")
    self.source = source
    self.indices = indices
    self.shifts = shifts
  }

  /// Reads the tensors `indices` [n] U32 and `shifts` [n, 2] I8, and the source.
  ///
  /// - Throws: `StorageError` for tensors of other types and shapes.
  package init(_ shard: ShardFile) throws {
    let count = shard.summary.examples
    guard let source = shard.metadata[Self.sourceKey].flatMap({ Digest(hex: $0) }) else {
      throw StorageError.malformed(path: shard.path, reason: "expected the source of its rows, found none")
    }
    self.source = source
    indices = try shard.tensors.elements("indices", as: UInt32.self, shape: [count])
    shifts = try shard.tensors.elements("shifts", as: Int8.self, shape: [count, 2])
  }

  /// Adds them to a shard in the making.
  package func write(to writer: inout SafetensorsWriter) {
    writer.metadata[Self.sourceKey] = source.hex
    writer.add("indices", indices, shape: [count])
    writer.add("shifts", shifts, shape: [count, 2])
  }

  /// The origin of one row.
  package subscript(row: Int) -> RowOrigin {
    RowOrigin(
      source: source, index: indices[row], shift: Shift(dy: shifts[row * 2], dx: shifts[row * 2 + 1]))
  }

  /// Some of the rows, in the order given.
  package func rows(_ chosen: [Int]) -> RowOrigins {
    RowOrigins(
      source: source, indices: chosen.map { indices[$0] },
      shifts: chosen.flatMap { shifts[$0 * 2..<$0 * 2 + 2] })
  }

  /// The first row that is of another origin in `other`, among those that both have; nil if there is none.
  package func firstDifference(from other: RowOrigins) -> Int? {
    // At once where all agree, as almost always.
    if self == other { return nil }
    return (0..<min(count, other.count)).first { self[$0] != other[$0] }
  }
}
