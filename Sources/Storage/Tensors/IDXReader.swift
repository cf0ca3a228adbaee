import Synchronization

/// An IDX file, plain or gzip-compressed, read item by item from the front; a plain one also anywhere.
///
/// IDX is the format of MNIST: `IDXHeader`, then the elements, row-major and big-endian.
package final class IDXReader: Sendable {
  /// One item of more bytes than this is damage, not an image.
  package static let itemByteLimit = 64 << 20

  /// For messages.
  package let path: String
  /// Of the elements.
  package let element: IDXElement
  /// Whether the file is gzip, and only read from the front.
  package let isCompressed: Bool
  private let header: IDXHeader
  private let file: InputFile
  private let front: Mutex<Front>

  /// Where reading from the front stands.
  private struct Front {
    var itemsRead = 0
    let stream: GzipStream?
  }

  /// Opens a file of one number of axes.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - axes: 1 for labels, 3 for images.
  ///   - elementTypes: IDX type codes that are accepted, as `IDXElement`.
  /// - Throws: as the other.
  package convenience init(_ path: String, axes: Int, elementTypes: [UInt8]) throws {
    try self.init(path, axes: axes...axes, elementTypes: elementTypes)
  }

  /// Opens a file of any shape that `axes` allows; the caller looks at `dimensions`.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - axes: numbers of axes that are accepted.
  ///   - elementTypes: IDX type codes that are accepted, as `IDXElement`.
  /// - Throws: `StorageError.missing`, `.notAFile`, `.unreadable`, `.wrongFormat`, `.wrongMagic`, `.truncated`,
  ///   `.trailingBytes`, `.tooLarge`, `.malformed` for damaged gzip data.
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
    // Of gzip the size is known at its end alone, and is checked there.
    if !isCompressed {
      // At most 2^32 items of 2^26 bytes: no overflow.
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

  /// The next `count` items, as their bytes. After the last item the end of the file is checked, of gzip with its
  /// checksum.
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
      if front.itemsRead == self.count, let stream = front.stream, try !stream.isAtEnd() {
        throw StorageError.trailingBytes(
          path: path, expected: position + size, found: position + size + 1)
      }
      return bytes
    }
  }

  /// Items of a plain file, as their bytes, one after the other in the order of `rows`; neighbours in the file are
  /// read together. Any number of threads may call this.
  ///
  /// - Parameter rows: below `count`; may repeat, in any order.
  /// - Returns: `rows.count * itemBytes` bytes.
  /// - Throws: `StorageError.truncated`, `.unreadable`, `.outOfMemory`.
  package func items(_ rows: [Int]) throws -> [UInt8] {
    precondition(!isCompressed, "\(path) is read from the front only")
    precondition(rows.allSatisfy { (0..<count).contains($0) }, "items that the file does not have")
    return try file.rows(rows, width: itemBytes, start: header.byteCount)
  }
}
