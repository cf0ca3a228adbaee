import Stage
import Storage

/// Images and labels as a user has them, read from the front.
package protocol ImageSource: AnyObject {
  var count: Int { get }
  var rows: Int { get }
  var columns: Int { get }
  /// For messages about labels.
  var labelPath: String { get }
  /// What identifies the source in a manifest.
  var inputs: [Plan.Input] { get }

  /// All labels, [images].
  func labels() throws -> [UInt16]
  /// The next `count` images, [count, rows, columns].
  func nextImages(_ count: Int) throws -> [UInt8]
}

/// A pair of IDX files, plain or gzip.
package final class IDXSource: ImageSource {
  package let rows: Int
  package let columns: Int
  package let labelPath: String
  package let inputs: [Plan.Input]
  private let images: IDXReader
  private let labelReader: IDXReader

  /// - Throws: `StorageError` as `IDXReader`; `DatasetError.countsDiffer`, `.noExamples`.
  package init(images imagePath: String, labels labelPath: String) throws {
    images = try IDXReader(imagePath, axes: 3, elementTypes: [0x08])
    labelReader = try IDXReader(labelPath, axes: 1, elementTypes: [0x08, 0x0B, 0x0C])
    rows = images.dimensions[1]
    columns = images.dimensions[2]
    self.labelPath = labelPath
    guard images.count == labelReader.count else {
      throw DatasetError.countsDiffer(
        images: imagePath, imageCount: images.count, labels: labelPath, labelCount: labelReader.count)
    }
    guard images.count > 0, rows > 0, columns > 0 else { throw DatasetError.noExamples(path: imagePath) }
    inputs = [
      Plan.Input(name: "images", digest: try Digest(ofFile: imagePath), path: imagePath),
      Plan.Input(name: "labels", digest: try Digest(ofFile: labelPath), path: labelPath),
    ]
  }

  package var count: Int { images.count }

  package func labels() throws -> [UInt16] {
    var labels: [UInt16] = []
    // By pieces, because a damaged gzip file can claim more labels than there is memory.
    while labels.count < labelReader.count {
      let piece = min(1 << 16, labelReader.count - labels.count)
      let bytes = try labelReader.read(items: piece)
      let width = labelReader.elementWidth
      for item in 0..<piece {
        let value = bytes[item * width..<(item + 1) * width].reduce(0) { $0 << 8 | Int($1) }
        guard value < Int(UInt16.max) else {
          throw DatasetError.labelOutOfRange(
            path: labelPath, row: labels.count, label: value, classes: Int(UInt16.max))
        }
        labels.append(UInt16(value))
      }
    }
    return labels
  }

  package func nextImages(_ count: Int) throws -> [UInt8] { try images.read(items: count) }
}

/// A safetensors file with `images` [n, rows, columns] U8 and `labels` [n].
package final class SafetensorsSource: ImageSource {
  package let rows: Int
  package let columns: Int
  package let count: Int
  package let inputs: [Plan.Input]
  private let reader: SafetensorsReader
  private let imageLayout: TensorLayout
  private let labelLayout: TensorLayout
  private var position = 0

  /// - Throws: `StorageError`; `DatasetError.countsDiffer`, `.noExamples`.
  package init(_ path: String) throws {
    reader = try SafetensorsReader(path)
    imageLayout = try reader.header.layout("images", types: [.u8], shape: [nil, nil, nil], path: path)
    labelLayout = try reader.header.layout(
      "labels", types: [.u8, .u16, .i32, .i64], shape: [nil], path: path)
    count = imageLayout.shape[0]
    rows = imageLayout.shape[1]
    columns = imageLayout.shape[2]
    guard labelLayout.shape[0] == count else {
      throw DatasetError.countsDiffer(
        images: path, imageCount: count, labels: path, labelCount: labelLayout.shape[0])
    }
    guard count > 0, rows > 0, columns > 0 else { throw DatasetError.noExamples(path: path) }
    inputs = [Plan.Input(name: "images", digest: try Digest(ofFile: path), path: path)]
  }

  package var labelPath: String { reader.path }

  package func labels() throws -> [UInt16] {
    let bytes = try reader.rows(0..<count, of: labelLayout)
    let width = labelLayout.type.width
    return try (0..<count).map { row in
      let value = bytes[row * width..<(row + 1) * width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      guard value < UInt64(UInt16.max) else {
        throw DatasetError.labelOutOfRange(
          path: reader.path, row: row, label: Int(truncatingIfNeeded: value), classes: Int(UInt16.max))
      }
      return UInt16(value)
    }
  }

  package func nextImages(_ count: Int) throws -> [UInt8] {
    defer { position += count }
    return try reader.rows(position..<position + count, of: imageLayout)
  }
}
