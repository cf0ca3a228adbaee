import Datasets
import Stage
import Storage

/// Which row of which file is of which image; 20 bytes a row, as there may be as many as images.
struct ForeignRows: Sendable {
  /// In the order in which they are sorted.
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

  /// - Parameters:
  ///   - files: whose rows they are.
  ///   - images: that the rows are to be of.
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
        // Without a tensor of their own, rows are those of the one source in its order, and not distorted.
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
    // Two rows of one picture may differ, and whichever is last would be learnt from.
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

  /// Where the row of an image stands; nil if there is none.
  func place(of origin: RowOrigin) -> (file: Int, row: Int)? {
    guard let source = sources[origin.source] else { return nil }
    let wanted = Entry(source: source, index: origin.index, variant: origin.variant, file: 0, row: 0)
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].isBefore(wanted) { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low].isOfSameImage(wanted) else { return nil }
    return (Int(entries[low].file), Int(entries[low].row))
  }
}
