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
  private let stream: GzipStream
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
    let stream = try GzipStream(path)
    self.path = path
    self.stream = stream
    let expected = elementTypes.map { Self.text([0, 0, $0, UInt8(axes)]) }.joined(separator: " or ")
    let magic = try stream.read(4, position: 0)
    guard magic[0] == 0, magic[1] == 0, elementTypes.contains(magic[2]), Int(magic[3]) == axes else {
      throw StorageError.wrongMagic(path: path, expected: expected, found: Self.text(magic))
    }
    let extents = try stream.read(4 * axes, position: 4)
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
    let bytes = try stream.read(count * itemBytes, position: position)
    itemsRead += count
    if itemsRead == self.count {
      guard try stream.isAtEnd() else {
        throw StorageError.trailingBytes(
          path: path, expected: position + bytes.count, found: position + bytes.count + 1)
      }
    }
    return bytes
  }

  private static func text(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
