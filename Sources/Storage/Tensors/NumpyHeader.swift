/// The header of a `.npy` file: magic bytes, version, header length, and a Python dictionary with `descr`,
/// `fortran_order` and `shape`.
struct NumpyHeader: Sendable {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Longest accepted dictionary, in bytes. numpy writes 118 for a plain array.
  static let byteLimit = 1 << 16

  /// Element type.
  let type: TensorType
  /// Whether the elements have to be byte-swapped.
  let isBigEndian: Bool
  /// Extents, items first.
  let shape: [Int]
  /// Byte offset of the first element.
  let dataOffset: Int

  private static let types: [Substring: TensorType] = [
    "b1": .bool, "u1": .u8, "i1": .i8, "u2": .u16, "i2": .i16, "u4": .u32, "i4": .i32, "u8": .u64, "i8": .i64,
    "f2": .f16, "f4": .f32, "f8": .f64,
  ]

  /// - Parameter file: an open `.npy` file.
  /// - Throws: `StorageError.wrongFormat`, `.truncated`, `.tooLarge`, `.malformed`, `.unreadable`, `.outOfMemory`.
  init(_ file: InputFile) throws {
    let start = try file.read(offset: 0, count: min(FileSignature.byteCount, file.byteCount))
    guard start.starts(with: Self.magic), start.count >= 12 else {
      if let found = FileSignature(start), found != .numpy {
        throw StorageError.wrongFormat(path: file.path, expected: .numpy, found: found)
      }
      throw StorageError.truncated(path: file.path, expected: 12, found: start.count)
    }
    // The length field has two bytes in version 1 and four in later versions.
    let width = start[6] == 1 ? 2 : 4
    let length = start[8..<8 + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (1...3).contains(start[6]) else {
      throw Self.fault(file, "version 1 to 3", String(start[6]))
    }
    guard length <= Self.byteLimit else {
      throw StorageError.tooLarge(path: file.path, bytes: length, limit: Self.byteLimit)
    }
    dataOffset = 8 + width + length
    guard dataOffset <= file.byteCount else {
      throw StorageError.truncated(path: file.path, expected: dataOffset, found: file.byteCount)
    }
    let text = String(decoding: try file.read(offset: 8 + width, count: length), as: UTF8.self)
    // The dictionary is searched, not evaluated as Python: numpy always writes these keys in single quotes.
    func value(_ key: String) throws -> Substring {
      guard let place = text.range(of: "'\(key)':") else {
        throw Self.fault(file, "a header with \(key)", text)
      }
      return text[place.upperBound...].drop { $0 == " " }
    }
    let order = try value("fortran_order")
    guard order.hasPrefix("False") else {
      throw Self.fault(file, "rows after each other; save numpy.ascontiguousarray(x)", "Fortran's order")
    }
    let description = try value("descr").dropFirst().prefix { $0 != "'" }
    guard let type = Self.types[description.dropFirst()], "<>|=".contains(description.prefix(1)) else {
      throw Self.fault(file, "numbers, as <f4 or |u1", "'\(description.prefix(20))'")
    }
    self.type = type
    isBigEndian = description.hasPrefix(">") && type.width > 1
    shape = try Self.shape(try value("shape"), type, file)
  }

  /// Parses a shape such as `(60000, 28, 28)`.
  private static func shape(_ text: Substring, _ type: TensorType, _ file: InputFile) throws -> [Int] {
    let inside = text.dropFirst().prefix { $0 != ")" }
    let words = inside.split(separator: ",").map { word in word.filter { $0 != " " } }
    var bytes = type.width
    let extents = try words.filter { !$0.isEmpty }.map { word in
      guard text.hasPrefix("("), let extent = Int(word), extent >= 0 else {
        throw fault(file, "a shape such as (60000, 28, 28)", "'\(text.prefix(40))'")
      }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      // Well below Int.max, because the caller adds the header's size.
      guard !overflow, product <= 1 << 60 else {
        throw fault(file, "a shape of what the file holds", "'\(text.prefix(40))'")
      }
      bytes = product
      return extent
    }
    return extents
  }

  private static func fault(_ file: InputFile, _ expected: String, _ found: String) -> StorageError {
    .malformed(path: file.path, reason: "numpy array: expected \(expected), found \(found.prefix(80))")
  }
}
