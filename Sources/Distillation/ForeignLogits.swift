import Datasets
import Stage
import Storage

/// Logits that another framework computed: a safetensors file with `logits` [n, classes], `indices` [n] and, for
/// shifted images, `shifts` [n, 2], of any float and integer types. Of a set that was joined from several sources
/// also `sources` [n]: the number of each row's source, in the order in which the sets were joined.
package struct ForeignLogits: LogitSource {
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  private let path: String
  package let classes: Int
  private let reader: SafetensorsReader
  private let layout: TensorLayout
  private let rows: [RowOrigin: Int]

  /// - Throws: `StorageError`; `InputError.mismatch`, `.notFinite`, `.repeatedRow`.
  package init(_ path: String, images: ImageSet) throws {
    let file = try SafetensorsReader(path)
    let indices = try Self.integers("indices", shape: [nil], of: file)
    let found = file.header.tensors["logits"]?.shape.last ?? 0
    // Images without labels have the classes of their logits.
    classes = images.isLabelled ? images.classes : max(1, found)
    guard !indices.isEmpty, found == classes else {
      throw InputError.mismatch(
        path: path, expected: "logits of \(classes) classes", like: images.path, found: "\(found)")
    }
    layout = try file.header.layout(
      "logits", types: [.f32, .f16, .bf16, .f64], shape: [indices.count, classes], path: path)
    reader = file
    rows = try Self.rows(file, indices, images)
    self.path = path
    let digest = try Digest(ofFile: path)
    inputs = [Plan.Input(name: "logits", digest: digest, path: path)]
    // Named, the words of one teacher may come in several files.
    teachers = [file.header.metadata["teacher"].map { Digest(of: Array("teacher \($0)".utf8)) } ?? digest]
  }

  private static func rows(_ file: SafetensorsReader, _ indices: [Int], _ images: ImageSet) throws
    -> [RowOrigin: Int]
  {
    let sources = images.directory.manifest.sources
    let numbers = try Self.sources(file, count: indices.count, of: sources, images)
    let shifts =
      file.header.tensors["shifts"] == nil
      ? [Int](repeating: 0, count: indices.count * 2)
      : try integers("shifts", shape: [indices.count, 2], of: file)
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
      // Two rows of one picture may differ, and whichever is last would be learnt from.
      if let first = rows.updateValue(row, forKey: origin) {
        throw InputError.repeatedRow(logits: file.path, first: first, second: row, origin: origin.description)
      }
    }
    return rows
  }

  /// The number of each row's source.
  private static func sources(_ file: SafetensorsReader, count: Int, of known: [Digest], _ images: ImageSet)
    throws
    -> [Int]
  {
    guard file.header.tensors["sources"] != nil else {
      // There, an index alone stands for several images.
      guard known.count == 1 else {
        throw InputError.mismatch(
          path: file.path, expected: "a tensor `sources` [n] of 0 to \(known.count - 1)",
          like: "\(images.path), which was joined from \(known.count) sources", found: "none")
      }
      return [Int](repeating: 0, count: count)
    }
    let numbers = try integers("sources", shape: [count], of: file)
    guard let wrong = numbers.first(where: { !known.indices.contains($0) }) else { return numbers }
    throw InputError.mismatch(
      path: file.path, expected: "sources of 0 to \(known.count - 1)", like: images.path,
      found: String(wrong))
  }

  private static func integers(_ name: String, shape: [Int?], of file: SafetensorsReader) throws -> [Int] {
    let layout = try file.header.layout(
      name, types: [.u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64], shape: shape, path: file.path)
    return try layout.type.integers(
      try file.rows(0..<layout.shape[0], of: layout), tensor: name, path: file.path)
  }

  package func logits(of shard: ImageShard, path imagePath: String) throws -> [Float] {
    let places = try (0..<shard.count).map { row in
      guard let place = rows[shard.origins[row]] else {
        throw InputError.missingRow(
          logits: path, images: imagePath, row: row, origin: shard.origins[row].description)
      }
      return place
    }
    // From the disk, shard by shard: of a large set the file is larger than memory.
    let logits = layout.type.floats(try reader.rows(places, of: layout))
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
      throw InputError.notFinite(path: path, what: "logits", row: places[bad / classes])
    }
    return logits
  }
}
