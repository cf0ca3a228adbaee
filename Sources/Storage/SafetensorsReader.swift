/// A safetensors file on disk of which rows are read as they are needed, for sets larger than memory.
package struct SafetensorsReader: Sendable {
  package let header: SafetensorsHeader
  private let file: InputFile

  package var path: String { file.path }

  /// - Throws: as `InputFile`; `StorageError.truncated`, `.tooLarge`, `.malformed`.
  package init(_ path: String) throws {
    file = try InputFile(path)
    let start = try file.read(offset: 0, count: min(8, file.byteCount))
    let length = try SafetensorsHeader.jsonByteCount(start, fileBytes: file.byteCount, path: path)
    header = try SafetensorsHeader(
      json: try file.read(offset: 8, count: length), fileBytes: file.byteCount, path: path)
  }

  /// The bytes of rows of a tensor; a row is everything under one index of the first axis.
  ///
  /// - Throws: `StorageError.unreadable`, `.truncated`.
  package func rows(_ rows: Range<Int>, of layout: TensorLayout) throws -> [UInt8] {
    let width = layout.shape.dropFirst().reduce(layout.type.width, *)
    let start = header.dataOffset + layout.range.lowerBound + rows.lowerBound * width
    return try file.read(offset: start, count: rows.count * width)
  }
}
