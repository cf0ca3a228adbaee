import Foundation

/// Decompresses a file once into an unlinked temporary file: rows are needed in random order, but compressed data can
/// only be read sequentially.
enum UnpackedFile {
  /// Decompressed bytes per piece.
  static let pieceBytes = 8 << 20

  /// Creates the file.
  ///
  /// - Parameters:
  ///   - path: path of the compressed file, for messages.
  ///   - fill: passes the content to its argument, piece by piece.
  /// - Returns: the file; the system frees its space when it is closed.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`; errors of `fill`.
  static func make(of path: String, _ fill: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws
    -> InputFile
  {
    var name = Array((NSTemporaryDirectory() + "/dark-knowledge-XXXXXX").utf8CString)
    let number = mkstemp(&name)
    let place = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard number >= 0 else { throw StorageError.cannotCreate(path: place, code: errno) }
    // The open descriptor is enough. Without a name, even a killed process leaves no file behind.
    unlink(place)
    let descriptor = Descriptor(number)
    var size = 0
    try fill { bytes in
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes {
          Foundation.write(number, $0.baseAddress?.advanced(by: written), bytes.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          throw StorageError.writeFailed(path: place, operation: "write", code: errno)
        }
        written += count
      }
      size += bytes.count
    }
    return InputFile(descriptor, byteCount: size, path: path)
  }
}
