import Datasets
import Stage
import Storage

/// Which row of which file is of which image; 16 bytes a row, as there may be as many as images.
struct ForeignRows: Sendable {
  private struct Entry: Sendable {
    /// Source, index and shift.
    let key: UInt64
    let file: UInt32
    let row: UInt32
  }

  private let entries: [Entry]
  private let sources: [Digest: Int]

  /// - Parameters:
  ///   - files: whose rows they are.
  ///   - images: that the rows are to be of.
  /// - Throws: `InputError.mismatch`, `.repeatedRow`; `StorageError`.
  init(_ files: [ForeignFile], images: ImageSet) throws {
    let known = images.directory.manifest.sources
    sources = Dictionary(known.enumerated().map { ($1, $0) }) { first, _ in first }
    var entries: [Entry] = []
    for (number, file) in files.enumerated() {
      let (indices, origins, shifts) = try (
        file.indices(images), file.sources(images), file.shifts(images)
      )
      for row in 0..<file.count {
        // Without a tensor of their own, rows are those of the one source in its order, and not shifted.
        let index = indices?[row] ?? row
        let (dy, dx) = shifts.map { ($0[2 * row], $0[2 * row + 1]) } ?? (0, 0)
        guard let index = UInt32(exactly: index), let dy = Int8(exactly: dy), let dx = Int8(exactly: dx)
        else {
          throw InputError.mismatch(
            path: file.path, expected: "in row \(row) an index and shifts of an image", like: images.path,
            found: "\(index), (\(dy), \(dx))")
        }
        entries.append(
          Entry(
            key: Self.key(origins?[row] ?? 0, index, Shift(dy: dy, dx: dx)), file: UInt32(number),
            row: UInt32(row)))
      }
    }
    entries.sort { ($0.key, $0.file, $0.row) < ($1.key, $1.file, $1.row) }
    // Two rows of one picture may differ, and whichever is last would be learnt from.
    for (first, second) in zip(entries, entries.dropFirst()) where first.key == second.key {
      let paths = [first, second].map { files[Int($0.file)].path }
      throw InputError.repeatedRow(
        logits: paths[0] == paths[1] ? paths[0] : "\(paths[0]) and \(paths[1])", first: Int(first.row),
        second: Int(second.row), origin: Self.origin(first.key, known).description)
    }
    self.entries = entries
  }

  /// Below 2^16 sources, each row has a key of its own.
  private static func key(_ source: Int, _ index: UInt32, _ shift: Shift) -> UInt64 {
    UInt64(source) << 48 | UInt64(index) << 16
      | UInt64(UInt8(bitPattern: shift.dy)) << 8 | UInt64(UInt8(bitPattern: shift.dx))
  }

  private static func origin(_ key: UInt64, _ sources: [Digest]) -> RowOrigin {
    RowOrigin(
      source: sources[Int(key >> 48)], index: UInt32(truncatingIfNeeded: key >> 16),
      shift: Shift(
        dy: Int8(bitPattern: UInt8(truncatingIfNeeded: key >> 8)),
        dx: Int8(bitPattern: UInt8(truncatingIfNeeded: key))))
  }

  /// Where the row of an image stands; nil if there is none.
  func place(of origin: RowOrigin) -> (file: Int, row: Int)? {
    guard let source = sources[origin.source] else { return nil }
    let key = Self.key(source, origin.index, origin.shift)
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low].key == key else { return nil }
    return (Int(entries[low].file), Int(entries[low].row))
  }
}
