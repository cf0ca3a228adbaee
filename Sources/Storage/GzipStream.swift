import CZlib
import Foundation

/// A file read from the front, inflated if it is gzip and as it is if not.
///
/// An owner of its own, because a class that throws in its initialiser does not reach its `deinit`.
final class GzipStream {
  private let path: String
  private let file: gzFile

  /// - Throws: `StorageError.unreadable`.
  init(_ path: String) throws {
    guard let file = gzopen(path, "rb") else { throw StorageError.unreadable(path: path, code: errno) }
    gzbuffer(file, 1 << 17)
    self.path = path
    self.file = file
  }

  deinit { gzclose(file) }

  /// Exactly the next `count` bytes.
  ///
  /// - Parameter position: of the first of them, for the message if they are not there.
  /// - Throws: `StorageError.truncated`, `.malformed` for damaged gzip data.
  func read(_ count: Int, position: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let piece = UInt32(min(count - initialized, 1 << 24))
        let got = gzread(file, buffer.baseAddress?.advanced(by: initialized), piece)
        guard got >= 0 else { throw fault() }
        guard got > 0 else {
          throw StorageError.truncated(
            path: path, expected: position + count, found: position + initialized)
        }
        initialized += Int(got)
      }
    }
  }

  /// Whether nothing is left.
  ///
  /// - Throws: `StorageError.malformed`.
  func isAtEnd() throws -> Bool {
    var extra: UInt8 = 0
    let more = gzread(file, &extra, 1)
    guard more >= 0 else { throw fault() }
    return more == 0
  }

  private func fault() -> StorageError {
    var code: Int32 = 0
    let message = gzerror(file, &code).map { String(cString: $0) } ?? "unknown fault"
    return .malformed(path: path, reason: "damaged gzip data (\(message))")
  }
}
