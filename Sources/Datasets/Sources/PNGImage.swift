import CPNG
import Stage
import Storage

/// One PNG file of 8 bits a channel or fewer, grey or in colour.
package struct PNGImage {
  private static let fileLimit = 256 << 20
  private static let pixelLimit = 1 << 24

  /// As the file has it; a palette of greys is grey.
  package let shape: ImageShape
  /// Of the file; computed when it is asked for, which reading pixels does not.
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
    guard header.rows > 0, header.columns > 0,
      Int(header.rows) * Int(header.columns) <= Self.pixelLimit
    else {
      throw StorageError.malformed(path: path, reason: "PNG image of \(header.rows)x\(header.columns) pixels")
    }
    shape = ImageShape(
      rows: Int(header.rows), columns: Int(header.columns), channels: Int(header.channels))
    (self.path, self.bytes) = (path, bytes)
  }

  /// - Parameter channels: 1 or 3; of a grey image each channel is the same.
  /// - Returns: [rows, columns, channels].
  /// - Throws: `StorageError` for a damaged image, or one that can be seen through.
  package func pixels(channels: Int) throws -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
    var pixels = [UInt8](repeating: 0, count: shape.rows * shape.columns * channels)
    guard dk_png_read(bytes, bytes.count, UInt32(channels), &pixels, &message) else {
      throw Self.fault(path, message)
    }
    return pixels
  }

  private static func fault(_ path: String, _ message: [CChar]) -> StorageError {
    let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .malformed(path: path, reason: "PNG image: \(text)")
  }
}
