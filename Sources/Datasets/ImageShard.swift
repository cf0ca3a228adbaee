import Stage
import Storage

/// Some images with their labels and where they came from: the content of one image shard.
package struct ImageShard: Sendable {
  /// Height and width, in pixels.
  package let rows: Int
  package let columns: Int
  /// [examples, rows, columns], pixels.
  package let images: [UInt8]
  /// [examples].
  package let labels: [UInt16]
  /// [examples], position in the source.
  package let indices: [UInt32]
  /// [examples, 2], (dy, dx) in pixels.
  package let shifts: [Int8]

  package var count: Int { indices.count }
  package var pixels: Int { rows * columns }

  package init(
    rows: Int, columns: Int, images: [UInt8], labels: [UInt16], indices: [UInt32], shifts: [Int8]
  ) {
    precondition(images.count == indices.count * rows * columns && labels.count == indices.count)
    precondition(shifts.count == indices.count * 2)
    self.rows = rows
    self.columns = columns
    self.images = images
    self.labels = labels
    self.indices = indices
    self.shifts = shifts
  }

  /// Reads a shard's bytes, as they lie on disk.
  ///
  /// - Throws: `StorageError` for a damaged frame or tensors of other types and shapes.
  package init(frame: [UInt8], path: String) throws {
    let file = try ShardFile.decode(frame, path: path)
    let layout = try file.layout("images", types: [.u8], shape: [nil, nil, nil])
    let count = layout.shape[0]
    rows = layout.shape[1]
    columns = layout.shape[2]
    images = Array(file.bytes[file.byteRange(layout)])
    labels = try file.labels("labels", shape: [count])
    indices = try file.elements("indices", as: UInt32.self, shape: [count])
    shifts = try file.elements("shifts", as: Int8.self, shape: [count, 2])
  }

  /// The shard's bytes: zstd around safetensors. Labels take one byte where they all fit.
  package func frame(metadata: [String: String], path: String) throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: metadata)
    writer.add("images", images, shape: [count, rows, columns])
    if labels.allSatisfy({ $0 <= UInt8.max }) {
      writer.add("labels", labels.map { UInt8($0) }, shape: [count])
    } else {
      writer.add("labels", labels, shape: [count])
    }
    writer.add("indices", indices, shape: [count])
    writer.add("shifts", shifts, shape: [count, 2])
    return try ZstdFrame.compress(try writer.bytes(), path: path)
  }

  /// Some of the rows, in the order given.
  package func rows(_ chosen: [Int]) -> ImageShard {
    ImageShard(
      rows: rows, columns: columns, images: chosen.flatMap { images[$0 * pixels..<($0 + 1) * pixels] },
      labels: chosen.map { labels[$0] }, indices: chosen.map { indices[$0] },
      shifts: chosen.flatMap { shifts[$0 * 2..<$0 * 2 + 2] })
  }

  /// Where row `row` came from.
  package func origin(_ row: Int) -> DatasetError.Row {
    .init(index: Int(indices[row]), shift: [Int(shifts[row * 2]), Int(shifts[row * 2 + 1])])
  }
}
