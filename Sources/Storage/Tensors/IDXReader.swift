import Synchronization

/// Reads an IDX file, plain or gzip-compressed, item by item from the start; a plain file also at any position.
///
/// IDX is the format of MNIST: an `IDXHeader`, then the elements, row-major and big-endian.
package final class IDXReader: Sendable {
  /// Largest accepted item, in bytes; a larger one means a damaged header.
  package static let itemByteLimit = 64 << 20

  /// For messages.
  package let path: String
  /// Element type.
  package let element: IDXElement
  /// Whether the file is gzip-compressed and can only be read sequentially.
  package let isCompressed: Bool
  private let header: IDXHeader
  private let file: InputFile
  private let front: Mutex<Front>

  /// State of sequential reading.
  private struct Front {
    var itemsRead = 0
    let stream: GzipStream?
  }

  /// Opens a file with a given number of axes.
  ///
  /// - Parameters:
  ///   - path: path of the file.
  ///   - axes: 1 for labels, 3 for images.
  ///   - elementTypes: accepted type codes, see `IDXElement`.
  /// - Throws: as `init(_:axes:elementTypes:)` with a range of axes.
  package convenience init(_ path: String, axes: Int, elementTypes: [UInt8]) throws {
    try self.init(path, axes: axes...axes, elementTypes: elementTypes)
  }

  /// Opens a file with any accepted number of axes; the caller checks `dimensions`.
  ///
  /// - Parameters:
  ///   - path: path of the file.
  ///   - axes: accepted numbers of axes.
  ///   - elementTypes: accepted type codes, see `IDXElement`.
  /// - Throws: `StorageError.missing`, `.notAFile`, `.unreadable`, `.outOfMemory`, `.wrongFormat`, `.wrongMagic`,
  ///   `.truncated`, `.trailingBytes`, `.tooLarge`; `.malformed` for damaged gzip data.
  package init(
    _ path: String, axes: ClosedRange<Int> = 1...4,
    elementTypes: [UInt8] = IDXElement.allCases.map(\.rawValue)
  ) throws {
    let file = try InputFile(path)
    let start = try file.read(offset: 0, count: min(2, file.byteCount))
    let stream = start == GzipStream.magic ? try GzipStream(file) : nil
    let header = try IDXHeader(axes: axes, types: elementTypes, path: path) { count, position in
      try stream?.read(count, position: position) ?? file.read(offset: position, count: count)
    }
    self.path = path
    self.file = file
    self.header = header
    element = header.element
    isCompressed = stream != nil
    front = Mutex(Front(stream: stream))
    // The size of gzip content is known only at its end; `read(items:)` checks it there.
    if !isCompressed {
      // Fewer than 2^32 items of at most 2^26 bytes: no overflow.
      let expected = header.byteCount + header.dimensions[0] * header.itemBytes
      guard file.byteCount >= expected else {
        throw StorageError.truncated(path: path, expected: expected, found: file.byteCount)
      }
      guard file.byteCount == expected else {
        throw StorageError.trailingBytes(path: path, expected: expected, found: file.byteCount)
      }
    }
  }

  /// Extents, items first.
  package var dimensions: [Int] { header.dimensions }

  /// Bytes of one element: 1, 2 or 4.
  package var elementWidth: Int { element.width }

  /// Number of items.
  package var count: Int { dimensions[0] }

  /// Bytes of one item.
  package var itemBytes: Int { header.itemBytes }

  /// The bytes of the next `count` items. After the last item of a gzip file, its end and checksum are verified.
  ///
  /// - Throws: `StorageError.truncated`, `.trailingBytes`, `.unreadable`, `.outOfMemory`, `.malformed` for damaged
  ///   gzip data.
  package func read(items count: Int) throws -> [UInt8] {
    try front.withLock { front in
      precondition(front.itemsRead + count <= self.count, "more items than the file has")
      let position = header.byteCount + front.itemsRead * itemBytes
      let size = count * itemBytes
      let bytes =
        try front.stream?.read(size, position: position) ?? file.read(offset: position, count: size)
      front.itemsRead += count
      // At the end and not before: gzip's checksum comes last, and a truncated download is found only there.
      if front.itemsRead == self.count, let stream = front.stream, try !stream.isAtEnd() {
        throw StorageError.trailingBytes(
          path: path, expected: position + size, found: position + size + 1)
      }
      return bytes
    }
  }

  /// The bytes of items of a plain file, in the order of `rows`. Neighbouring items are read together. Safe to call
  /// from any number of threads.
  ///
  /// - Parameter rows: each below `count`; may repeat, in any order.
  /// - Returns: `rows.count * itemBytes` bytes.
  /// - Throws: `StorageError.truncated`, `.unreadable`, `.outOfMemory`.
  package func items(_ rows: [Int]) throws -> [UInt8] {
    precondition(!isCompressed, "\(path) is read from the front only")
    precondition(rows.allSatisfy { (0..<count).contains($0) }, "items that the file does not have")
    return try file.rows(rows, width: itemBytes, start: header.byteCount)
  }
}
