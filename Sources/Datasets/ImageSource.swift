import Stage
import Storage

/// Images, and labels if there are any, as a user has them; read in any order, from any thread.
package protocol ImageSource: Sendable {
  var count: Int { get }
  var shape: ImageShape { get }
  /// For messages about labels.
  var labelPath: String { get }
  /// What identifies the source in a manifest; the file of images first.
  var inputs: [Plan.Input] { get }

  /// All labels, [images], not yet checked; nil where there are none.
  ///
  /// - Throws: `StorageError`.
  func labels() throws -> [Int]?

  /// The images at `rows`, [rows, rows, columns, channels].
  ///
  /// - Throws: `StorageError`.
  func images(_ rows: [Int]) throws -> [UInt8]
}

/// A pair of IDX files, plain or gzip; or images alone.
package final class IDXSource: ImageSource {
  package let shape: ImageShape
  package let labelPath: String
  package let inputs: [Plan.Input]
  package let count: Int
  private let images: IDXReader
  private let unpacked: UnpackedItems?
  private let labelReader: IDXReader?

  /// - Throws: `StorageError` as `IDXReader`; `InputError.countsDiffer`, `.noExamples`.
  package init(images imagePath: String, labels labelPath: String?) throws {
    images = try IDXReader(imagePath, axes: 3, elementTypes: [0x08])
    labelReader = try labelPath.map { try Self.labels($0) }
    shape = ImageShape(rows: images.dimensions[1], columns: images.dimensions[2])
    count = images.count
    self.labelPath = labelPath ?? imagePath
    if let labelReader, count != labelReader.count {
      throw InputError.countsDiffer(
        images: imagePath, imageCount: count, labels: labelReader.path, labelCount: labelReader.count)
    }
    // An axis of 0 is right IDX, and no picture.
    guard count > 0, shape.count > 0 else { throw InputError.noExamples(path: imagePath, of: "image") }
    inputs =
      try [("images", imagePath)].map { try Self.input($0.0, $0.1) }
      + (labelPath.map { [try Self.input("labels", $0)] } ?? [])
    // Rows are wanted in any order, and gzip can only be read from the front.
    unpacked = images.isCompressed ? try UnpackedItems(images) : nil
  }

  /// One number an image: [images], or [images, 1].
  private static func labels(_ path: String) throws -> IDXReader {
    let reader = try IDXReader(path)
    let extents = reader.dimensions
    guard extents.count <= 2, extents.dropFirst().allSatisfy({ $0 == 1 }) else {
      throw InputError.mismatch(
        path: path, expected: "labels with one axis, [images]", like: nil, found: "\(extents)")
    }
    return reader
  }

  private static func input(_ name: String, _ path: String) throws -> Plan.Input {
    Plan.Input(name: name, digest: try Digest(ofFile: path), path: path)
  }

  package func labels() throws -> [Int]? {
    guard let labelReader else { return nil }
    var labels: [Int] = []
    // By pieces, because a damaged gzip file can claim more labels than there is memory.
    while labels.count < labelReader.count {
      let count = min(1 << 16, labelReader.count - labels.count)
      labels += labelReader.element.integers(try labelReader.read(items: count))
    }
    return labels
  }

  package func images(_ rows: [Int]) throws -> [UInt8] {
    try unpacked?.items(rows) ?? images.items(rows)
  }
}

/// A safetensors file with `images` U8 [n, rows, columns] and `labels` [n] of any integer type, if it has any.
package final class SafetensorsSource: ImageSource {
  package let shape: ImageShape
  package let count: Int
  package let inputs: [Plan.Input]
  private let reader: SafetensorsReader
  private let imageLayout: TensorLayout
  private let labelLayout: TensorLayout?

  /// - Throws: `StorageError`; `InputError.countsDiffer`, `.noExamples`.
  package init(_ path: String) throws {
    reader = try SafetensorsReader(path)
    let axes = reader.header.tensors["images"]?.shape.count == 4 ? 4 : 3
    imageLayout = try reader.header.layout(
      "images", types: [.u8], shape: [Int?](repeating: nil, count: axes), path: path)
    labelLayout =
      try reader.header.tensors["labels"] == nil
      ? nil
      : reader.header.layout(
        "labels", types: [.u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64], shape: [nil], path: path)
    count = imageLayout.shape[0]
    shape = Self.shape(imageLayout.shape)
    if let labelLayout, labelLayout.shape[0] != count {
      throw InputError.countsDiffer(
        images: path, imageCount: count, labels: path, labelCount: labelLayout.shape[0])
    }
    // In this order: without rows nothing has bounded the other extents, and their product may overflow.
    guard count > 0, shape.count > 0 else { throw InputError.noExamples(path: path, of: "image") }
    inputs = [Plan.Input(name: "images", digest: try Digest(ofFile: path), path: path)]
  }

  /// [n, 1, rows, columns] is [n, rows, columns], as PyTorch has grey images.
  private static func shape(_ extents: [Int]) -> ImageShape {
    guard extents.count == 4 else { return ImageShape(rows: extents[1], columns: extents[2]) }
    // Colour images of one row would be taken for that; grey ones of PyTorch are common.
    return extents[1] == 1
      ? ImageShape(rows: extents[2], columns: extents[3])
      : ImageShape(rows: extents[1], columns: extents[2], channels: extents[3])
  }

  package var labelPath: String { reader.path }

  package func labels() throws -> [Int]? {
    try labelLayout.map {
      try $0.type.integers(try reader.rows(0..<count, of: $0), tensor: "labels", path: reader.path)
    }
  }

  package func images(_ rows: [Int]) throws -> [UInt8] { try reader.rows(rows, of: imageLayout) }
}
