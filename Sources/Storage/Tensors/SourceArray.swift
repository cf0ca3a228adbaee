/// An array of a user's file, of whatever format: its rows are read in any order, from any thread.
package protocol SourceArray: Sendable {
  /// The file, and where it holds several arrays, `#` and the name.
  var path: String { get }
  /// Path of the file alone.
  var file: String { get }
  /// In a file of several arrays; nil in one of one.
  var name: String? { get }
  /// Of the elements.
  var type: TensorType { get }
  /// Extents, rows first; a row is everything under one index of the first axis.
  var shape: [Int] { get }

  /// The bytes of rows, elements little-endian and row-major, one after the other.
  ///
  /// - Parameter rows: below the first extent; may repeat, in any order.
  /// - Returns: `rows.count` times the bytes of a row.
  /// - Throws: `StorageError`.
  func rows(_ rows: [Int]) throws -> [UInt8]
}

extension SourceArray {
  /// Rows of the array; 0 of a single number.
  package var count: Int { shape.first ?? 0 }
  /// Elements in a row.
  package var width: Int { shape.dropFirst().reduce(1, *) }
}

/// Arrays of the files that people have: IDX, plain or gzip; safetensors; numpy's `.npy` and `.npz`.
package struct SourceFile {
  /// As the user named it, without the name of an array.
  package let path: String
  private let named: String?
  private let content: Content

  private enum Content {
    case single(any SourceArray)
    case safetensors(SafetensorsReader)
    case archive(ZipArchive)
  }

  /// Opens a file, whatever it is.
  ///
  /// - Parameter argument: a path; `#NAME` behind it chooses one of several arrays.
  /// - Throws: `StorageError`.
  package init(_ argument: String) throws {
    // A file that has such a name is meant as it is.
    let mark = FileSystem.kind(argument) == nil ? argument.lastIndex(of: "#") : nil
    path = mark.map { String(argument[..<$0]) } ?? argument
    named = mark.map { String(argument[argument.index(after: $0)...]) }
    let file = try InputFile(path)
    switch FileSignature(try file.read(offset: 0, count: min(FileSignature.byteCount, file.byteCount))) {
    case .safetensors: content = .safetensors(try SafetensorsReader(path))
    case .numpy: content = .single(try NumpyArray(file, path: path, file: path, name: nil))
    case .zip: content = .archive(try ZipArchive(path))
    // Its reader says what the file is, where it is something else.
    default: content = .single(try IDXArray(path))
    }
  }

  /// One of the file's arrays.
  ///
  /// - Parameters:
  ///   - names: in the order in which they are looked for, where the user has named none.
  ///   - isNeeded: whether it is an error that there is none.
  /// - Returns: nil if there is none and none is needed.
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
    // Labels beside images that were chosen by name have to be named too.
    let wanted = named.map { isNeeded ? [$0] : [] } ?? names
    if let name = wanted.first(where: holds) { return name }
    guard isNeeded else { return nil }
    throw StorageError.missingTensor(path: path, name: named ?? names.joined(separator: " or "))
  }
}

/// A tensor of a safetensors file.
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

/// A `.npy` file, or one of an archive.
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

/// An IDX file, plain or gzip.
private struct IDXArray: SourceArray {
  let path: String
  private let reader: IDXReader
  /// Of gzip.
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
      // By pieces, because a damaged file can claim more than there is memory.
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
  /// Elements with their bytes the other way round.
  fileprivate func swapped(width: Int) -> [UInt8] {
    guard width > 1 else { return self }
    var swapped = self
    for start in stride(from: 0, to: count - count % width, by: width) {
      for place in 0..<width { swapped[start + place] = self[start + width - 1 - place] }
    }
    return swapped
  }
}
