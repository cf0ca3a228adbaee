/// The start of an IDX file: two zero bytes, an element type, the number of axes, their extents as big-endian
/// UInt32.
struct IDXHeader: Sendable {
  let element: IDXElement
  /// Extents, items first.
  let dimensions: [Int]

  /// Bytes before the first element.
  var byteCount: Int { 4 + 4 * dimensions.count }

  /// Bytes of one item.
  var itemBytes: Int { dimensions.dropFirst().reduce(element.width, *) }

  /// - Parameters:
  ///   - axes: how many are taken.
  ///   - types: which are taken.
  ///   - path: for messages.
  ///   - read: the next bytes of the file.
  /// - Throws: `StorageError.wrongFormat`, `.wrongMagic`, `.tooLarge`; what `read` throws.
  init(
    axes: ClosedRange<Int>, types: [UInt8], path: String,
    read: (_ count: Int, _ position: Int) throws -> [UInt8]
  ) throws {
    let magic = try read(4, 0)
    guard magic[0] == 0, magic[1] == 0, types.contains(magic[2]), axes.contains(Int(magic[3])),
      let element = IDXElement(rawValue: magic[2])
    else {
      // Told apart by more than these four bytes, where there are more.
      var start = magic
      while start.count < FileSignature.byteCount, let next = try? read(1, start.count) { start += next }
      if let found = FileSignature(start), found != .idx {
        throw StorageError.wrongFormat(path: path, expected: .idx, found: found)
      }
      throw StorageError.wrongMagic(
        path: path, expected: Self.expectation(axes: axes, types: types), found: Self.text(magic))
    }
    self.element = element
    // `axes` bounds it: a damaged number of axes asks for no memory.
    let extents = try read(4 * Int(magic[3]), 4)
    dimensions = stride(from: 0, to: extents.count, by: 4).map { axis in
      extents[axis..<axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var itemBytes = element.width
    for extent in dimensions.dropFirst() {
      // Checked at each axis: below the limit times 2^32 nothing overflows.
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
