import Datasets
import Stage
import Storage

/// Logits that another framework computed: a safetensors file with `logits` [n, classes], `indices` [n] and, for
/// shifted images, `shifts` [n, 2], of any float and integer types. Of a set that was joined from several sources
/// also `sources` [n]: the number of each row's source, in the order in which the sets were joined.
package struct ForeignLogits: LogitSource {
  private static let byteLimit = 64 << 30

  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  private let path: String
  package let classes: Int
  private let logits: [Float]
  private let rows: [RowOrigin: Int]

  /// - Throws: `StorageError`; `InputError.mismatch`, `.notFinite`, `.repeatedRow`.
  package init(_ path: String, images: ImageSet) throws {
    let file = try Safetensors(try InputFile.contents(of: path, limit: Self.byteLimit), path: path)
    let indices = try file.integers("indices", shape: [nil])
    let found = file.header.tensors["logits"]?.shape.last ?? 0
    // Images without labels have the classes of their logits.
    classes = images.isLabelled ? images.classes : max(1, found)
    guard !indices.isEmpty, found == classes else {
      throw InputError.mismatch(
        path: path, expected: "logits of \(classes) classes", like: images.path, found: "\(found)")
    }
    logits = try file.floats("logits", shape: [indices.count, classes])
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
      throw InputError.notFinite(path: path, what: "logits", row: bad / classes)
    }
    rows = try Self.rows(file, indices, images)
    self.path = path
    let digest = Digest(of: file.bytes)
    inputs = [Plan.Input(name: "logits", digest: digest, path: path)]
    // Named, the words of one teacher may come in several files.
    teachers = [file.metadata["teacher"].map { Digest(of: Array("teacher \($0)".utf8)) } ?? digest]
  }

  private static func rows(_ file: Safetensors, _ indices: [Int], _ images: ImageSet) throws -> [RowOrigin:
    Int]
  {
    let sources = images.directory.manifest.sources
    let numbers = try Self.sources(file, count: indices.count, of: sources, images)
    let shifts =
      file.header.tensors["shifts"] == nil
      ? [Int](repeating: 0, count: indices.count * 2)
      : try file.integers("shifts", shape: [indices.count, 2])
    var rows: [RowOrigin: Int] = [:]
    rows.reserveCapacity(indices.count)
    for (row, index) in indices.enumerated() {
      guard let index = UInt32(exactly: index), let dy = Int8(exactly: shifts[row * 2]),
        let dx = Int8(exactly: shifts[row * 2 + 1])
      else {
        throw InputError.mismatch(
          path: file.path, expected: "in row \(row) an index and shifts of an image", like: images.path,
          found: "\(index), \(shifts[row * 2..<row * 2 + 2])")
      }
      let origin = RowOrigin(source: sources[numbers[row]], index: index, shift: Shift(dy: dy, dx: dx))
      if let first = rows.updateValue(row, forKey: origin) {
        throw InputError.repeatedRow(logits: file.path, first: first, second: row, origin: origin.description)
      }
    }
    return rows
  }

  /// The number of each row's source.
  private static func sources(_ file: Safetensors, count: Int, of known: [Digest], _ images: ImageSet) throws
    -> [Int]
  {
    guard file.header.tensors["sources"] != nil else {
      // There, an index alone stands for several images.
      guard known.count >= 1 else {
        throw InputError.mismatch(
          path: file.path, expected: "a tensor `sources` [n] of 0 to \(known.count - 1)",
          like: "\(images.path), which was joined from \(known.count) sources", found: "none")
      }
      return [Int](repeating: 0, count: count)
    }
    let numbers = try file.integers("sources", shape: [count])
    guard let wrong = numbers.first(where: { !known.indices.contains($0) }) else { return numbers }
    throw InputError.mismatch(
      path: file.path, expected: "sources of 0 to \(known.count - 1)", like: images.path,
      found: String(wrong))
  }

  package func logits(of shard: ImageShard, path imagePath: String) throws -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(shard.count * classes)
    for row in 0..<shard.count {
      guard let place = rows[shard.origins[row]] else {
        throw InputError.missingRow(
          logits: path, images: imagePath, row: row, origin: shard.origins[row].description)
      }
      result += logits[place * classes..<(place + 1) * classes]
    }
    return result
  }
}
