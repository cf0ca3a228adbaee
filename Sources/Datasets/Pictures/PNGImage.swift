import CPNG
import Stage
import Storage

/// A PNG file, grey or colour, of at most 8 bits per channel.
package struct PNGImage {
  private static let fileLimit = 256 << 20
  private static let pixelLimit = 1 << 24

  /// The shape stored in the file; an image with a grey palette counts as grey.
  package let shape: ImageShape
  /// Digest of the file, computed on each access: reading pixels does not need it.
  var digest: Digest { Digest(of: bytes) }
  private let path: String
  private let bytes: [UInt8]

  /// Reads the file and its header.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `StorageError`.
  package init(_ path: String) throws {
    let bytes = try InputFile.contents(of: path, limit: Self.fileLimit)
    if let found = FileSignature(bytes), found != .png {
      throw StorageError.wrongFormat(path: path, expected: .png, found: found)
    }
    var header = dk_png_header()
    var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
    guard dk_png_read_header(bytes, bytes.count, &header, &message) else { throw Self.fault(path, message) }
    guard header.bits <= 8 else {
      throw StorageError.malformed(
        path: path, reason: "PNG image: expected 8 bits a channel, found \(header.bits); convert it")
    }
    // Before pixels are allocated: a small file can declare a huge image.
    guard header.rows > 0, header.columns > 0,
      Int(header.rows) * Int(header.columns) <= Self.pixelLimit
    else {
      throw StorageError.malformed(path: path, reason: "PNG image of \(header.rows)x\(header.columns) pixels")
    }
    shape = ImageShape(
      rows: Int(header.rows), columns: Int(header.columns), channels: Int(header.channels))
    (self.path, self.bytes) = (path, bytes)
  }

  /// Decodes the image.
  ///
  /// - Parameter channels: 1 or 3; a grey image repeats its channel.
  /// - Returns: [rows, columns, channels].
  /// - Throws: `StorageError` for a damaged image, or one with transparency.
  package func pixels(channels: Int) throws -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
    var pixels = [UInt8](repeating: 0, count: shape.rows * shape.columns * channels)
    guard dk_png_read(bytes, bytes.count, UInt32(channels), &pixels, &message) else {
      throw Self.fault(path, message)
    }
    return pixels
  }

  /// Turns a message of libpng, a C string, into an error.
  private static func fault(_ path: String, _ message: [CChar]) -> StorageError {
    let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .malformed(path: path, reason: "PNG image: \(text)")
  }
}
