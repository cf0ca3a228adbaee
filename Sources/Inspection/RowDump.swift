import Datasets
import Stage
import Storage

/// Rows of a shard as text.
package enum RowDump {
  /// - Parameter rows: those beyond the end are left out.
  /// - Throws: `StorageError` for a damaged shard.
  package static func text(_ path: String, rows: Range<Int>) throws -> String {
    let frame = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    let file = try ShardFile.decode(frame, path: path)
    if file.header.tensors["images"] != nil {
      let shard = try ImageShard(frame: frame, path: path)
      return rows.clamped(to: 0..<shard.count).map { image(shard, $0) }.joined(separator: "\n")
    }
    let names = file.header.tensors.filter { !$0.value.shape.isEmpty }.keys.sorted()
    guard let count = names.first.flatMap({ file.header.tensors[$0]?.shape.first }) else { return "" }
    return try rows.clamped(to: 0..<count).map { row in
      try (["row \(row)"] + names.map { "  \($0): " + (try values(file, $0, row: row)) })
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func image(_ shard: ImageShard, _ row: Int) -> String {
    let shades = Array(" .:-=+*#%@")
    var lines = ["row \(row): label \(shard.labels[row]), \(shard.origin(row))"]
    for line in 0..<shard.rows {
      let start = row * shard.pixels + line * shard.columns
      lines.append(
        String(shard.images[start..<start + shard.columns].map { shades[Int($0) * shades.count / 256] }))
    }
    return lines.joined(separator: "\n")
  }

  private static func values(_ file: Safetensors, _ name: String, row: Int) throws -> String {
    guard let layout = file.header.tensors[name] else { return "" }
    let shape: [Int?] = layout.shape
    let width = layout.shape.dropFirst().reduce(1, *)
    func text<Element: CustomStringConvertible>(_ elements: [Element]) -> String {
      guard elements.count >= (row + 1) * width else { return "-" }
      return elements[row * width..<(row + 1) * width].map(\.description).joined(separator: " ")
    }
    return switch layout.type {
    case .f32, .f16: text(try file.floats(name, shape: shape))
    case .u8, .u16: text(try file.labels(name, shape: shape))
    case .u32: text(try file.elements(name, as: UInt32.self, shape: shape))
    case .i8: text(try file.elements(name, as: Int8.self, shape: shape))
    default: "(\(layout.type.rawValue))"
    }
  }
}
