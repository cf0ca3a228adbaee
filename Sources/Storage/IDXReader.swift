import CZlib
import Foundation

/// An IDX file, plain or gzip-compressed, read item by item from the front.
///
/// IDX is the format of MNIST: two zero bytes, an element type, the number of axes, their extents as
/// big-endian UInt32, then the elements.
package final class IDXReader {
  /// One item of more bytes than this is damage, not an image.
  package static let itemByteLimit = 64 << 20

  package let path: String
  /// Extents, items first.
  package let dimensions: [Int]
  /// Bytes of one element: 1 (unsigned), 2 or 4 (signed, big-endian).
  package let elementWidth: Int
  private let stream: gzFile
  private var itemsRead = 0

  /// - Parameters:
  ///   - axes: 1 for labels, 3 for images.
  ///   - elementTypes: IDX type codes that are accepted: 0x08 unsigned byte, 0x0B short, 0x0C int.
  /// - Throws: `StorageError.missing`, `.unreadable`, `.wrongMagic`, `.truncated`, `.trailingBytes`,
  ///   `.tooLarge`.
  package init(_ path: String, axes: Int, elementTypes: [UInt8]) throws {
    // Opened once before for the error of its own that a missing file has, and for its size.
    let plain = try InputFile(path)
    let start = try plain.read(offset: 0, count: min(2, plain.byteCount))
    guard let stream = gzopen(path, "rb") else { throw StorageError.unreadable(path: path, code: errno) }
    gzbuffer(stream, 1 << 17)
    self.path = path
    self.stream = stream
    let expected = elementTypes.map { Self.text([0, 0, $0, UInt8(axes)]) }.joined(separator: " or ")
    let magic = try Self.read(stream, 4, path: path, position: 0)
    guard magic[0] == 0, magic[1] == 0, elementTypes.contains(magic[2]), Int(magic[3]) == axes else {
      throw StorageError.wrongMagic(path: path, expected: expected, found: Self.text(magic))
    }
    let extents = try Self.read(stream, 4 * axes, path: path, position: 4)
    dimensions = (0..<axes).map { axis in
      extents[axis * 4..<axis * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    elementWidth = magic[2] == 0x0C ? 4 : magic[2] == 0x0B ? 2 : 1
    var itemBytes = elementWidth
    for extent in dimensions.dropFirst() {
      // Checked at each axis: below the limit times 2^32 nothing overflows.
      itemBytes *= extent
      guard itemBytes <= Self.itemByteLimit else {
        throw StorageError.tooLarge(path: path, bytes: itemBytes, limit: Self.itemByteLimit)
      }
    }
    if start != [0x1f, 0x8b] {
      let expected = 4 + 4 * axes + dimensions[0] * itemBytes
      guard plain.byteCount >= expected else {
        throw StorageError.truncated(path: path, expected: expected, found: plain.byteCount)
      }
      guard plain.byteCount == expected else {
        throw StorageError.trailingBytes(path: path, expected: expected, found: plain.byteCount)
      }
    }
  }

  deinit { gzclose(stream) }

  /// Number of items.
  package var count: Int { dimensions[0] }

  /// Bytes of one item.
  package var itemBytes: Int { dimensions.dropFirst().reduce(elementWidth, *) }

  /// The next `count` items, as their bytes. After the last item the end of the file is checked.
  ///
  /// - Throws: `StorageError.truncated`, `.trailingBytes`, `.malformed` for damaged gzip data.
  package func read(items count: Int) throws -> [UInt8] {
    precondition(itemsRead + count <= self.count, "more items than the file has")
    let position = 4 + 4 * dimensions.count + itemsRead * itemBytes
    let bytes = try Self.read(stream, count * itemBytes, path: path, position: position)
    itemsRead += count
    if itemsRead == self.count {
      var extra: UInt8 = 0
      let more = gzread(stream, &extra, 1)
      if more < 0 { throw Self.gzipFault(stream, path: path) }
      guard more == 0 else {
        throw StorageError.trailingBytes(
          path: path, expected: position + bytes.count, found: position + bytes.count + 1)
      }
    }
    return bytes
  }

  private static func read(_ stream: gzFile, _ count: Int, path: String, position: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let piece = UInt32(min(count - initialized, 1 << 24))
        let got = gzread(stream, buffer.baseAddress?.advanced(by: initialized), piece)
        guard got >= 0 else { throw gzipFault(stream, path: path) }
        guard got > 0 else {
          throw StorageError.truncated(
            path: path, expected: position + count, found: position + initialized)
        }
        initialized += Int(got)
      }
    }
  }

  private static func gzipFault(_ stream: gzFile, path: String) -> StorageError {
    var code: Int32 = 0
    let message = gzerror(stream, &code).map { String(cString: $0) } ?? "unknown fault"
    return .malformed(path: path, reason: "damaged gzip data (\(message))")
  }

  private static func text(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
