/// The header of an IDX file: two zero bytes, element type, number of axes, and their extents as big-endian UInt32.
struct IDXHeader: Sendable {
  let element: IDXElement
  /// Extents, items first.
  let dimensions: [Int]

  /// Bytes of the header, before the first element.
  var byteCount: Int { 4 + 4 * dimensions.count }

  /// Bytes of one item.
  var itemBytes: Int { dimensions.dropFirst().reduce(element.width, *) }

  /// - Parameters:
  ///   - axes: accepted numbers of axes.
  ///   - types: accepted element types.
  ///   - path: for messages.
  ///   - read: returns the next bytes of the file.
  /// - Throws: `StorageError.wrongFormat`, `.wrongMagic`, `.tooLarge`; errors of `read`.
  init(
    axes: ClosedRange<Int>, types: [UInt8], path: String,
    read: (_ count: Int, _ position: Int) throws -> [UInt8]
  ) throws {
    let magic = try read(4, 0)
    guard magic[0] == 0, magic[1] == 0, types.contains(magic[2]), axes.contains(Int(magic[3])),
      let element = IDXElement(rawValue: magic[2])
    else {
      // More than these four bytes are needed to recognise other formats. Byte by byte, because the file may be
      // short.
      var start = magic
      while start.count < FileSignature.byteCount, let next = try? read(1, start.count) { start += next }
      if let found = FileSignature(start), found != .idx {
        throw StorageError.wrongFormat(path: path, expected: .idx, found: found)
      }
      throw StorageError.wrongMagic(
        path: path, expected: Self.expectation(axes: axes, types: types), found: Self.text(magic))
    }
    self.element = element
    // The number of axes was checked above, so a damaged one cannot ask for much memory.
    let extents = try read(4 * Int(magic[3]), 4)
    dimensions = stride(from: 0, to: extents.count, by: 4).map { axis in
      extents[axis..<axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var itemBytes = element.width
    for extent in dimensions.dropFirst() {
      // Checked at each axis: the limit of 2^26 times an extent below 2^32 cannot overflow.
      itemBytes *= extent
      guard itemBytes <= IDXReader.itemByteLimit else {
        throw StorageError.tooLarge(path: path, bytes: itemBytes, limit: IDXReader.itemByteLimit)
      }
    }
  }

  private static func expectation(axes: ClosedRange<Int>, types: [UInt8]) -> String {
    if axes.count == 1 {
      return types.map { text([0, 0, $0, UInt8(clamping: axes.lowerBound)]) }.joined(separator: " or ")
    }
    let codes = types.map { text([0, 0, $0]) }.joined(separator: " or ")
    return "\(codes) and \(axes.lowerBound) to \(axes.upperBound) axes"
  }

  private static func text(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
