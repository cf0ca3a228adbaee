/// File format by its first bytes, for messages about unexpected files; `rawValue` is its name there.
package enum FileSignature: String, Sendable, CaseIterable {
  case idx = "an IDX file"
  case safetensors = "a safetensors file"
  case numpy = "a numpy array (.npy)"
  case zip = "a zip archive (.zip, .npz or a PyTorch checkpoint)"
  case gzip = "gzip data"
  case zstd = "a zstd frame"
  case bzip2 = "bzip2 data"
  case xz = "xz data"
  case png = "a PNG image"
  case jpeg = "a JPEG image"
  case gif = "a GIF image"
  case hdf5 = "an HDF5 file"
  case parquet = "a Parquet file"
  case pickle = "a Python pickle"
  case pdf = "a PDF document"
  case executable = "a program"
  case html = "an HTML page"
  case largeFilePointer = "a Git LFS pointer"
  case json = "a JSON text"

  /// Number of leading bytes needed to recognise every format.
  package static let byteCount = 64

  /// Recognises a format; nil if it is unknown.
  ///
  /// - Parameter start: the first `byteCount` bytes, or the whole file if it is shorter.
  package init?(_ start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(Self.byteCount))
    guard
      // Fixed magic bytes first: the parsed formats are recognised by weaker rules that would match some of these.
      let found = Self.fixed.first(where: { bytes.starts(with: $0.bytes) })?.signature ?? Self.parsed(bytes)
    else { return nil }
    self = found
  }

  /// Recognises the format of an open file; nil if it is unknown.
  ///
  /// - Throws: `StorageError`.
  package init?(of file: InputFile) throws {
    self.init(try file.read(offset: 0, count: min(file.byteCount, Self.byteCount)))
  }

  /// Advice for a file that has this format instead of the expected one.
  var advice: String {
    switch self {
    case .largeFilePointer: "fetch the file that it stands for (git lfs pull)"
    case .html: "the download went wrong; fetch it again"
    case .gzip, .bzip2, .xz: "unpack it first"
    case .zip: "take out what it holds first"
    default: "give the right file"
    }
  }

  private static let fixed: [(signature: FileSignature, bytes: [UInt8])] = [
    (.numpy, [0x93] + Array("NUMPY".utf8)), (.zip, Array("PK".utf8) + [3, 4]),
    (.zip, Array("PK".utf8) + [5, 6]),
    (.gzip, [0x1F, 0x8B]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD]), (.bzip2, Array("BZh".utf8)),
    (.xz, [0xFD] + Array("7zXZ".utf8) + [0]), (.png, [0x89] + Array("PNG\r\n".utf8)),
    (.jpeg, [0xFF, 0xD8, 0xFF]), (.gif, Array("GIF8".utf8)), (.hdf5, [0x89] + Array("HDF\r\n".utf8)),
    (.parquet, Array("PAR1".utf8)), (.pdf, Array("%PDF-".utf8)), (.executable, [0x7F] + Array("ELF".utf8)),
    (.largeFilePointer, Array("version https://git-lfs".utf8)),
  ]

  private static func parsed(_ bytes: [UInt8]) -> FileSignature? {
    // IDX: two zeros, element type, number of axes.
    if bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, (8...14).contains(bytes[2]), (1...8).contains(bytes[3])
    {
      return .idx
    }
    // Pickle: the PROTO opcode (0x80) and a protocol from 2 to 5. Older protocols have no magic bytes.
    if bytes.count >= 3, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
    // Safetensors: a header length below 2^40, whose upper bytes are zero, and the opening brace of the JSON.
    if bytes.count >= 9, bytes[8] == UInt8(ascii: "{"), bytes[5..<8].allSatisfy({ $0 == 0 }) {
      return .safetensors
    }
    let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.dropFirst(bytes.starts(with: bom) ? 3 : 0).drop { $0 == 0x20 || (9...13).contains($0) }
    // HTML tags may have either case.
    let word = text.prefix(9).map { (65...90).contains($0) ? $0 + 32 : $0 }
    if ["<!doctype", "<html", "<head", "<?xml"].contains(where: { word.starts(with: $0.utf8) }) {
      return .html
    }
    // Last, because a single brace is the weakest sign.
    if text.first == UInt8(ascii: "{") { return .json }
    return nil
  }
}
