/// Reads rows of a safetensors file on demand, for sets larger than memory. Safe to use from any number of threads.
package struct SafetensorsReader: Sendable {
  /// Names, types, shapes and positions of the tensors.
  package let header: SafetensorsHeader
  private let file: InputFile

  /// For messages.
  package var path: String { file.path }

  /// - Throws: as `InputFile`; `StorageError.truncated`, `.tooLarge`, `.wrongFormat`, `.malformed`.
  package init(_ path: String) throws {
    file = try InputFile(path)
    let start = try file.read(offset: 0, count: min(FileSignature.byteCount, file.byteCount))
    // First the length alone: memory for the header is allocated only once the file is known to be large enough.
    let length = try SafetensorsHeader.jsonByteCount(start, fileBytes: file.byteCount, path: path)
    header = try SafetensorsHeader(
      json: try file.read(offset: 8, count: length), fileBytes: file.byteCount, path: path)
  }

  /// The bytes of consecutive rows of a tensor; a row is the slice at one index of the first axis.
  ///
  /// - Throws: `StorageError.unreadable`, `.truncated`, `.outOfMemory`.
  package func rows(_ rows: Range<Int>, of layout: TensorLayout) throws -> [UInt8] {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= layout.rows, "rows that the tensor does not have")
    let width = layout.rowBytes
    return try file.read(offset: start(layout) + rows.lowerBound * width, count: rows.count * width)
  }

  /// The bytes of rows of a tensor, in the given order. Neighbouring rows are read together.
  ///
  /// - Parameters:
  ///   - rows: may repeat, in any order.
  ///   - layout: layout of a tensor in this file.
  /// - Returns: `rows.count * layout.rowBytes` bytes.
  /// - Throws: `StorageError.unreadable`, `.truncated`, `.outOfMemory`.
  package func rows(_ rows: [Int], of layout: TensorLayout) throws -> [UInt8] {
    precondition(
      rows.allSatisfy { (0..<layout.rows).contains($0) }, "rows that the tensor does not have")
    return try file.rows(rows, width: layout.rowBytes, start: start(layout))
  }

  private func start(_ layout: TensorLayout) -> Int { header.dataOffset + layout.range.lowerBound }
}
