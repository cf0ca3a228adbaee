/// An array in a user's file of any supported format. Rows can be read in any order and from any thread.
package protocol SourceArray: Sendable {
  /// Path of the file; if it holds several arrays, followed by `#` and the array's name.
  var path: String { get }
  /// Path of the file without the array's name.
  var file: String { get }
  /// Name of the array; nil in a format with a single array per file.
  var name: String? { get }
  /// Element type.
  var type: TensorType { get }
  /// Extents, rows first; a row is the slice at one index of the first axis.
  var shape: [Int] { get }

  /// The bytes of rows in the given order; elements are little-endian and row-major.
  ///
  /// - Parameter rows: each below the first extent; may repeat, in any order.
  /// - Returns: `rows.count` rows.
  /// - Throws: `StorageError`.
  func rows(_ rows: [Int]) throws -> [UInt8]
}

extension SourceArray {
  /// Number of rows; 0 for a scalar.
  package var count: Int { shape.first ?? 0 }
  /// Elements per row.
  package var width: Int { shape.dropFirst().reduce(1, *) }
}

/// A user's file with arrays: IDX, plain or gzip; safetensors; numpy's `.npy` and `.npz`.
package struct SourceFile {
  /// Path as the user gave it, without the name of an array.
  package let path: String
  private let named: String?
  private let content: Content

  private enum Content {
    case single(any SourceArray)
    case safetensors(SafetensorsReader)
    case archive(ZipArchive)
  }

  /// Opens a file and detects its format.
  ///
  /// - Parameter argument: a path; a suffix `#NAME` selects one of several arrays.
  /// - Throws: `StorageError`.
  package init(_ argument: String) throws {
    // An existing file whose name contains `#` takes precedence.
    let mark = FileSystem.kind(argument) == nil ? argument.lastIndex(of: "#") : nil
    path = mark.map { String(argument[..<$0]) } ?? argument
    named = mark.map { String(argument[argument.index(after: $0)...]) }
    let file = try InputFile(path)
    switch FileSignature(try file.read(offset: 0, count: min(FileSignature.byteCount, file.byteCount))) {
    case .safetensors: content = .safetensors(try SafetensorsReader(path))
    case .numpy: content = .single(try NumpyArray(file, path: path, file: path, name: nil))
    case .zip: content = .archive(try ZipArchive(path))
    // IDX is the default, because its reader reports which other format the file has.
    default: content = .single(try IDXArray(path))
    }
  }

  /// One of the file's arrays.
  ///
  /// - Parameters:
  ///   - names: names to try, in this order, unless the user gave one.
  ///   - isNeeded: whether a missing array is an error.
  /// - Returns: nil if there is no such array and none is needed.
  /// - Throws: `StorageError.missingTensor`; as the readers.
  package func array(_ names: [String], isNeeded: Bool = true) throws -> (any SourceArray)? {
    switch content {
    case .single(let array):
      guard named == nil else { throw StorageError.missingTensor(path: path, name: named ?? "") }
      return isNeeded ? array : nil
    case .safetensors(let reader):
      let known = reader.header.tensors
      return try chosen(names, isNeeded) { known[$0] != nil }.flatMap { name in
        known[name].map { SafetensorsArray(reader: reader, layout: $0, name: name) }
      }
    case .archive(let archive):
      return try chosen(names, isNeeded) { archive.holds($0 + ".npy") }.map { name in
        try NumpyArray(try archive.unpacked(name + ".npy"), path: path + "#" + name, file: path, name: name)
      }
    }
  }

  private func chosen(_ names: [String], _ isNeeded: Bool, _ holds: (String) -> Bool) throws -> String? {
    // If the user chose the images by name, labels are not guessed from the same file: they have to be named too.
    let wanted = named.map { isNeeded ? [$0] : [] } ?? names
    if let name = wanted.first(where: holds) { return name }
    guard isNeeded else { return nil }
    throw StorageError.missingTensor(path: path, name: named ?? names.joined(separator: " or "))
  }
}

/// A tensor in a safetensors file.
private struct SafetensorsArray: SourceArray {
  let reader: SafetensorsReader
  let layout: TensorLayout
  let name: String?

  var path: String { reader.path + (name.map { "#" + $0 } ?? "") }
  var file: String { reader.path }
  var type: TensorType { layout.type }
  var shape: [Int] { layout.shape }

  func rows(_ rows: [Int]) throws -> [UInt8] { try reader.rows(rows, of: layout) }
}

/// A `.npy` file, or one inside an archive.
private struct NumpyArray: SourceArray {
  let path: String
  let file: String
  let name: String?
  private let header: NumpyHeader
  private let content: InputFile

  /// - Throws: as `NumpyHeader`; `StorageError.truncated`, `.trailingBytes`.
  init(_ content: InputFile, path: String, file: String, name: String?) throws {
    self.name = name
    header = try NumpyHeader(content)
    self.path = path
    self.file = file
    self.content = content
    let expected = header.dataOffset + header.shape.reduce(header.type.width, *)
    guard content.byteCount >= expected else {
      throw StorageError.truncated(path: path, expected: expected, found: content.byteCount)
    }
    guard content.byteCount == expected else {
      throw StorageError.trailingBytes(path: path, expected: expected, found: content.byteCount)
    }
  }

  var type: TensorType { header.type }
  var shape: [Int] { header.shape }

  func rows(_ rows: [Int]) throws -> [UInt8] {
    let bytes = try content.rows(rows, width: width * type.width, start: header.dataOffset)
    return header.isBigEndian ? bytes.swapped(width: type.width) : bytes
  }
}

/// An IDX file, plain or gzip-compressed.
private struct IDXArray: SourceArray {
  let path: String
  private let reader: IDXReader
  /// Decompressed content of a gzip file; nil for a plain one.
  private let unpacked: InputFile?

  /// - Throws: as `IDXReader`.
  init(_ path: String) throws {
    self.path = path
    reader = try IDXReader(path)
    guard reader.isCompressed else {
      unpacked = nil
      return
    }
    unpacked = try UnpackedFile.make(of: path) { [reader] write in
      // In pieces, because a damaged header can claim more items than fit in memory.
      var rest = reader.count
      while rest > 0 {
        let count = min(rest, max(1, UnpackedFile.pieceBytes / max(1, reader.itemBytes)))
        try write(try reader.read(items: count))
        rest -= count
      }
    }
  }

  var file: String { path }
  var name: String? { nil }
  var shape: [Int] { reader.dimensions }
  var type: TensorType {
    switch reader.element {
    case .unsignedByte: .u8
    case .signedByte: .i8
    case .short: .i16
    case .int: .i32
    }
  }

  func rows(_ rows: [Int]) throws -> [UInt8] {
    let bytes = try unpacked?.rows(rows, width: reader.itemBytes, start: 0) ?? reader.items(rows)
    return bytes.swapped(width: reader.elementWidth)
  }
}

extension [UInt8] {
  /// The elements byte-swapped.
  fileprivate func swapped(width: Int) -> [UInt8] {
    guard width > 1 else { return self }
    var swapped = self
    for start in stride(from: 0, to: count - count % width, by: width) {
      for place in 0..<width { swapped[start + place] = self[start + width - 1 - place] }
    }
    return swapped
  }
}
