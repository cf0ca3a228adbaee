/// What a file is by its first bytes, for messages that say what was found; `rawValue` is its name in them.
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

  /// Bytes from the start of a file that are enough to tell.
  package static let byteCount = 64

  /// Nil for what we do not know.
  ///
  /// - Parameter start: of the file, `byteCount` of it or all that there is.
  package init?(_ start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(Self.byteCount))
    guard
      // Fixed beginnings first: what is parsed is looser, and would claim some of theirs.
      let found = Self.fixed.first(where: { bytes.starts(with: $0.bytes) })?.signature ?? Self.parsed(bytes)
    else { return nil }
    self = found
  }

  /// By the first bytes of a file.
  ///
  /// - Throws: `StorageError`.
  package init?(of file: InputFile) throws {
    self.init(try file.read(offset: 0, count: min(file.byteCount, Self.byteCount)))
  }

  /// What to do about a file that is this and should be something else.
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
    // Two zeros, an element type, a number of axes.
    if bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, (8...14).contains(bytes[2]), (1...8).contains(bytes[3])
    {
      return .idx
    }
    // Protocol 2 or later: its number, then an instruction that such a text begins with.
    if bytes.count >= 3, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
    // The length of a header, which begins with a brace.
    if bytes.count >= 9, bytes[8] == UInt8(ascii: "{"), bytes[5..<8].allSatisfy({ $0 == 0 }) {
      return .safetensors
    }
    let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.dropFirst(bytes.starts(with: bom) ? 3 : 0).drop { $0 == 0x20 || (9...13).contains($0) }
    // In lower case, as tags are written in either.
    let word = text.prefix(9).map { (65...90).contains($0) ? $0 + 32 : $0 }
    if ["<!doctype", "<html", "<head", "<?xml"].contains(where: { word.starts(with: $0.utf8) }) {
      return .html
    }
    // Last, as the weakest sign.
    if text.first == UInt8(ascii: "{") { return .json }
    return nil
  }
}
