import Stage
import Storage

/// Some images, with their labels if they have any, and where they came from: the content of one image shard.
package struct ImageShard: Sendable {
  /// Of each image.
  package let shape: ImageShape
  /// [examples, rows, columns, channels], pixels.
  package let images: [UInt8]
  /// [examples]; nil where the set has none.
  package let labels: [UInt32]?
  /// Of each row.
  package let origins: RowOrigins

  /// Examples.
  package var count: Int { origins.count }

  /// A shard in memory; its arrays must be of one length.
  package init(shape: ImageShape, images: [UInt8], labels: [UInt32]?, origins: RowOrigins) {
    precondition(
      images.count == origins.count * shape.count && (labels?.count ?? origins.count) == origins.count)
    self.shape = shape
    self.images = images
    self.labels = labels
    self.origins = origins
  }

  /// Reads a shard: `images` [n, rows, columns] or [n, rows, columns, channels] U8, `labels` [n] if it has any.
  ///
  /// - Throws: `StorageError` for tensors of other types and shapes.
  package init(_ shard: ShardFile) throws {
    let file = shard.tensors
    // [n, rows, columns, channels] or [n, rows, columns]; n from the summary, which every array is held to.
    let axes = file.header.tensors["images"]?.shape.count == 4 ? 4 : 3
    let layout = try file.layout(
      "images", types: [.u8], shape: [shard.summary.examples] + [Int?](repeating: nil, count: axes - 1))
    shape = ImageShape(
      rows: layout.shape[1], columns: layout.shape[2], channels: axes == 4 ? layout.shape[3] : 1)
    guard shape.count > 0 else { throw InputError.noExamples(path: shard.path, of: "pixel in an image") }
    images = Array(file.bytes[file.byteRange(layout)])
    labels = try file.header.tensors["labels"].map {
      try Self.labels(file, $0, count: shard.summary.examples)
    }
    origins = try RowOrigins(shard)
  }

  private static func labels(_ file: Safetensors, _ layout: TensorLayout, count: Int) throws -> [UInt32] {
    switch layout.type {
    case .u8: try file.elements("labels", as: UInt8.self, shape: [count]).map(UInt32.init)
    case .u16: try file.elements("labels", as: UInt16.self, shape: [count]).map(UInt32.init)
    default: try file.elements("labels", as: UInt32.self, shape: [count])
    }
  }

  /// The shard to be written. Labels take as few bytes as they all fit in.
  ///
  /// - Parameter classes: of the set, each label below it.
  /// - Returns: tensors and summary; identity and kind are added by `frame`.
  package func content(classes: Int) -> ShardFile.Content {
    var content = ShardFile.Content(
      .images, summary: ShardSummary(examples: count, labels: labels, classes: classes))
    let extents = [count, shape.rows, shape.columns] + (shape.channels > 1 ? [shape.channels] : [])
    content.writer.add("images", images, shape: extents)
    if let labels {
      let largest = labels.max() ?? 0
      if largest <= UInt8.max {
        content.writer.add("labels", labels.map { UInt8($0) }, shape: [count])
      } else if largest <= UInt16.max {
        content.writer.add("labels", labels.map { UInt16($0) }, shape: [count])
      } else {
        content.writer.add("labels", labels, shape: [count])
      }
    }
    origins.write(to: &content.writer)
    return content
  }

  /// Some of the rows, in the order given.
  package func rows(_ chosen: [Int]) -> ImageShard {
    ImageShard(
      shape: shape, images: chosen.flatMap { images[$0 * shape.count..<($0 + 1) * shape.count] },
      labels: labels.map { labels in chosen.map { labels[$0] } }, origins: origins.rows(chosen))
  }
}
