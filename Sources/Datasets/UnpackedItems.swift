import Foundation
import Storage

/// The items of a compressed file, unpacked once into a nameless file, because images are wanted in any order and
/// gzip can be read from the front alone.
final class UnpackedItems: Sendable {
  private static let pieceBytes = 8 << 20

  private let descriptor: Int32
  private let itemBytes: Int
  private let path: String

  /// Reads `source` to its end, which checks its sums.
  ///
  /// - Throws: `StorageError` for a damaged source, and if the file cannot be made or written.
  init(_ source: IDXReader) throws {
    var name = Array((NSTemporaryDirectory() + "/dark-knowledge-XXXXXX").utf8CString)
    path = source.path
    itemBytes = source.itemBytes
    descriptor = mkstemp(&name)
    let place = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0 else { throw StorageError.cannotCreate(path: place, code: errno) }
    // Nobody else needs its name, and without one no kill leaves it behind.
    unlink(place)
    do {
      var rest = source.count
      while rest > 0 {
        let count = min(rest, max(1, Self.pieceBytes / max(1, itemBytes)))
        try write(try source.read(items: count), place)
        rest -= count
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private func write(_ bytes: [UInt8], _ place: String) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw StorageError.writeFailed(path: place, operation: "write", code: errno) }
      written += count
    }
  }

  /// The items at `rows`, one after the other.
  ///
  /// - Throws: `StorageError.unreadable`.
  func items(_ rows: [Int]) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: rows.count * itemBytes) { buffer, initialized in
      for row in rows {
        var done = 0
        while done < itemBytes {
          let place = UnsafeMutableRawPointer(buffer.baseAddress)?.advanced(by: initialized + done)
          // By offset: threads that shared a place in the file would move it for each other.
          let count = pread(descriptor, place, itemBytes - done, off_t(row * itemBytes + done))
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { throw StorageError.unreadable(path: path, code: count == 0 ? EIO : errno) }
          done += count
        }
        initialized += itemBytes
      }
    }
  }
}
