import Datasets
import Stage
import Storage

/// Rows of a shard as text.
package enum RowDump {
  /// Rows of an image shard as pictures, of another shard as numbers.
  ///
  /// - Parameters:
  ///   - path: of the shard.
  ///   - rows: rows to print; those beyond the end are left out.
  /// - Returns: lines for a terminal.
  /// - Throws: `StorageError` for a damaged shard.
  package static func text(_ path: String, rows: Range<Int>) throws -> String {
    let frame = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    let whole = try ShardFile(frame, path: path)
    let file = whole.tensors
    if whole.kind == .images {
      let shard = try ImageShard(whole)
      let shifts =
        file.header.tensors["shifts"] == nil ? nil : try file.integers("shifts", shape: [shard.count, 2])
      return rows.clamped(to: 0..<shard.count).map { row in
        let meaning = shifts.map { ", shifted by (\($0[2 * row]), \($0[2 * row + 1]))" } ?? ""
        return image(shard, row, meaning)
      }.joined(separator: "\n")
    }
    let names = file.header.tensors.filter { !$0.value.shape.isEmpty }.keys.sorted()
    guard let count = names.first.flatMap({ file.header.tensors[$0]?.shape.first }) else { return "" }
    return try rows.clamped(to: 0..<count).map { row in
      try (["row \(row)"] + names.map { "  \($0): " + (try values(file, $0, row: row)) })
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func image(_ shard: ImageShard, _ row: Int, _ meaning: String) -> String {
    let label = shard.labels.map { String($0[row]) } ?? "none"
    let picture = shard.features.isPixels ? shard.shape.text(shard.features[row]) : []
    return (["row \(row): label \(label), \(shard.origins[row])\(meaning)"] + picture).joined(separator: "\n")
  }

  private static func values(_ file: Safetensors, _ name: String, row: Int) throws -> String {
    guard let layout = file.header.tensors[name] else { return "" }
    let shape: [Int?] = layout.shape
    // From the bytes of a row, not the product of the extents: if one extent is 0, the others may be huge and overflow.
    let width = layout.rowBytes / max(1, layout.type.width)
    func text<Element: CustomStringConvertible>(_ elements: [Element]) -> String {
      guard elements.count >= (row + 1) * width else { return "-" }
      return elements[row * width..<(row + 1) * width].map(\.description).joined(separator: " ")
    }
    switch layout.type {
    case .f32, .f16, .bf16, .f64: return text(try file.floats(name, shape: shape))
    case .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64: return text(try file.integers(name, shape: shape))
    default: return "(\(layout.type.rawValue))"
    }
  }
}
