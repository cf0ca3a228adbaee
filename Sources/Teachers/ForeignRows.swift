import Datasets
import Stage
import Storage

/// An index from images to file rows. A sorted array of 20 bytes a row, searched by bisection: a dictionary
/// would take several times the memory.
struct ForeignRows: Sendable {
  /// Fields in the order of sorting.
  private struct Entry: Sendable {
    /// Number of the source.
    let source: UInt32
    let index: UInt32
    let variant: UInt32
    let file: UInt32
    let row: UInt32

    func isBefore(_ other: Entry) -> Bool {
      (source, index, variant, file, row) < (other.source, other.index, other.variant, other.file, other.row)
    }

    func isOfSameImage(_ other: Entry) -> Bool {
      (source, index, variant) == (other.source, other.index, other.variant)
    }
  }

  private let entries: [Entry]
  private let sources: [Digest: UInt32]

  /// Reads and sorts the keys of all rows.
  ///
  /// - Parameters:
  ///   - files: the files to index.
  ///   - images: images of the rows.
  /// - Throws: `InputError.mismatch`, `.repeatedRow`; `StorageError`.
  init(_ files: [ForeignFile], images: ImageSet) throws {
    let known = images.directory.manifest.sources
    sources = Dictionary(known.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
    var entries: [Entry] = []
    for (number, file) in files.enumerated() {
      let (indices, origins, variants) = try (
        file.indices(images), file.sources(images), file.variants(images)
      )
      for row in 0..<file.count {
        // Defaults for missing tensors: the rows of the one source, in its order, undistorted.
        guard let index = UInt32(exactly: indices?[row] ?? row) else {
          throw InputError.mismatch(
            path: file.path, expected: "in row \(row) an index of an image", like: images.path,
            found: "\(indices?[row] ?? row)")
        }
        entries.append(
          Entry(
            source: UInt32(origins?[row] ?? 0), index: index, variant: variants?[row] ?? 0,
            file: UInt32(number), row: UInt32(row)))
      }
    }
    entries.sort { $0.isBefore($1) }
    // Equal keys are neighbours after sorting. Two rows for one image may differ, and the student would learn from an
    // arbitrary one of them.
    for (first, second) in zip(entries, entries.dropFirst()) where first.isOfSameImage(second) {
      let paths = [first, second].map { files[Int($0.file)].path }
      let origin = RowOrigin(
        source: known[Int(first.source)], index: first.index, variant: first.variant)
      throw InputError.repeatedRow(
        logits: paths[0] == paths[1] ? paths[0] : "\(paths[0]) and \(paths[1])", first: Int(first.row),
        second: Int(second.row), origin: origin.description)
    }
    self.entries = entries
  }

  /// File and row of an image; nil if there is none. O(log n).
  func place(of origin: RowOrigin) -> (file: Int, row: Int)? {
    guard let source = sources[origin.source] else { return nil }
    let wanted = Entry(source: source, index: origin.index, variant: origin.variant, file: 0, row: 0)
    // Lower bound. File 0 and row 0 make `wanted` sort before every entry of the same image, which is then at `low`.
    var (low, high) = (0, entries.count)
    // Invariant: entries below `low` sort before `wanted`, those from `high` on do not.
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].isBefore(wanted) { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low].isOfSameImage(wanted) else { return nil }
    return (Int(entries[low].file), Int(entries[low].row))
  }
}
