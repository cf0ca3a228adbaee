import Stage
import Storage

/// The content of one shard: examples with their origins, and with labels if the set has any.
package struct ImageShard: Sendable {
  /// Tensor names for pixels and for other numbers.
  private static let (imagesName, featuresName) = ("images", "features")

  /// [examples, rows, columns, channels].
  package let features: Features
  /// [examples]; nil for an unlabelled set.
  package let labels: [UInt32]?
  /// [examples], the origin of each row.
  package let origins: RowOrigins

  /// Number of examples.
  package var count: Int { origins.count }
  /// Shape of one example.
  package var shape: ImageShape { features.shape }

  /// Creates a shard in memory; all parts must have the same length.
  package init(_ features: Features, labels: [UInt32]?, origins: RowOrigins) {
    precondition(features.count == origins.count && (labels?.count ?? origins.count) == origins.count)
    self.features = features
    self.labels = labels
    self.origins = origins
  }

  /// Reads a shard: `images` U8 [n, rows, columns] or [n, rows, columns, channels], or `features` F32 or F16 [n, d];
  /// `labels` U8, U16 or U32 [n] if the set has any.
  ///
  /// - Throws: `StorageError` for tensors of other types and shapes; `InputError.noExamples` for examples without
  ///   numbers.
  package init(_ shard: ShardFile) throws {
    features = try Self.features(shard)
    let file = shard.tensors
    labels = try file.header.tensors["labels"].map {
      try Self.labels(file, $0, count: shard.summary.examples)
    }
    origins = try RowOrigins(shard)
  }

  /// The tensor of examples.
  private static func features(_ shard: ShardFile) throws -> Features {
    let (file, count) = (shard.tensors, shard.summary.examples)
    let isImages = file.header.tensors[imagesName] != nil
    let name = isImages ? imagesName : featuresName
    // `images` must hold bytes, `features` must hold floats.
    let elements = Features.Element.allCases.filter { ($0 == .u8) == isImages }
    // [n, rows, columns, channels] or [n, rows, columns]; n comes from the summary, which every tensor must match.
    let axes = !isImages ? 2 : file.header.tensors[name]?.shape.count == 4 ? 4 : 3
    let layout = try file.layout(
      name, types: elements.map(\.tensorType), shape: [count] + [Int?](repeating: nil, count: axes - 1))
    let extents = layout.shape.dropFirst()
    guard let element = elements.first(where: { $0.tensorType == layout.type }), !extents.contains(0) else {
      throw InputError.noExamples(path: shard.path, of: "number in an example")
    }
    let shape =
      axes == 2
      ? ImageShape(rows: 1, columns: extents[1])
      : ImageShape(rows: extents[1], columns: extents[2], channels: axes == 4 ? extents[3] : 1)
    return Features(Array(file.bytes[file.byteRange(layout)]), shape: shape, element: element)
  }

  /// The labels in the width that the file uses.
  private static func labels(_ file: Safetensors, _ layout: TensorLayout, count: Int) throws -> [UInt32] {
    switch layout.type {
    case .u8: try file.elements("labels", as: UInt8.self, shape: [count]).map(UInt32.init)
    case .u16: try file.elements("labels", as: UInt16.self, shape: [count]).map(UInt32.init)
    default: try file.elements("labels", as: UInt32.self, shape: [count])
    }
  }

  /// Encodes the shard. Labels use the smallest integer type that holds them all.
  ///
  /// - Parameters:
  ///   - classes: number of classes of the set, above every label.
  ///   - distortion: gives the variants their meaning; nil for clean examples.
  /// - Returns: tensors and summary; `frame` adds identity and kind.
  package func content(classes: Int, distortion: (any Distortion)? = nil) -> ShardFile.Content {
    var content = ShardFile.Content(
      .images, summary: ShardSummary(examples: count, labels: labels, classes: classes))
    if features.element == .u8 {
      let extents = [count, shape.rows, shape.columns] + (shape.channels > 1 ? [shape.channels] : [])
      content.writer.add(Self.imagesName, bytes: features.bytes, type: .u8, shape: extents)
    } else {
      content.writer.add(
        Self.featuresName, bytes: features.bytes, type: features.element.tensorType,
        shape: [count, shape.count])
    }
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
    if let distortion {
      content.writer.metadata["distortion"] = JSONValue.object(distortion.parameters).description
      distortion.describe(origins.variants, in: &content.writer)
    }
    return content
  }

  /// The given rows, in the order given.
  package func rows(_ chosen: [Int]) -> ImageShard {
    ImageShard(
      features.rows(chosen), labels: labels.map { labels in chosen.map { labels[$0] } },
      origins: origins.rows(chosen))
  }

  /// The same examples with other labels.
  ///
  /// - Parameter change: maps the labels to as many new ones.
  /// - Returns: the same features and origins.
  package func relabelled(_ change: ([UInt32]) -> [UInt32]) -> ImageShard {
    ImageShard(features, labels: labels.map(change), origins: origins)
  }
}
