import Foundation

/// What a compressed file holds, unpacked once into a nameless file, because rows are wanted in any order and
/// compressed data can be read from the front alone.
enum UnpackedFile {
  /// Bytes that are unpacked at once.
  static let pieceBytes = 8 << 20

  /// Makes the file.
  ///
  /// - Parameters:
  ///   - path: of the compressed file, for messages.
  ///   - fill: calls its argument with the content, piece by piece.
  /// - Returns: the file, which goes with its owner.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`; what `fill` throws.
  static func make(of path: String, _ fill: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws
    -> InputFile
  {
    var name = Array((NSTemporaryDirectory() + "/dark-knowledge-XXXXXX").utf8CString)
    let number = mkstemp(&name)
    let place = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard number >= 0 else { throw StorageError.cannotCreate(path: place, code: errno) }
    // Nobody else needs its name, and without one no kill leaves it behind.
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
