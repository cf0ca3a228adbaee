extension InputFile {
  /// Bytes that are read in one piece at most, unless a row is larger.
  private static let reach = 4 << 20
  /// A gap between two rows that is read along, because another call costs more.
  private static let gap = 4 << 10

  /// Rows of a table in the file, one after the other in the order of `rows`; neighbours in the file are read
  /// together. Any number of threads may call this.
  ///
  /// - Parameters:
  ///   - rows: may repeat, in any order.
  ///   - width: bytes of a row.
  ///   - start: offset of row 0, in bytes.
  /// - Returns: `rows.count * width` bytes.
  /// - Throws: `StorageError.unreadable`, `.truncated`, `.outOfMemory`.
  func rows(_ rows: [Int], width: Int, start: Int) throws -> [UInt8] {
    try Allocation.bytes(rows.count * width, path: path) { buffer, initialized in
      let whole = UnsafeMutableRawBufferPointer(buffer)
      // On every way out: what is thrown away after an error need not be written.
      defer { initialized = rows.count * width }
      guard width > 0 else { return }
      // Places in the result, in the order of the file, so that the disk is read forwards.
      let order = rows.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
      var next = 0
      while next < order.count {
        let first = next
        var last = next
        // The rows order[first]...order[last] lie close together.
        while last + 1 < order.count,
          (rows[order[last + 1]] - rows[order[last]] - 1) * width <= Self.gap,
          (rows[order[last + 1]] - rows[order[first]] + 1) * width <= Self.reach
        {
          last += 1
        }
        next = last + 1
        try read(order[first...last], of: rows, width: width, start: start, into: whole)
      }
    }
  }

  /// Reads rows that lie close together, given in the order of the file by their places in `rows`.
  private func read(
    _ places: ArraySlice<Int>, of rows: [Int], width: Int, start: Int,
    into whole: UnsafeMutableRawBufferPointer
  ) throws {
    guard let first = places.first, let last = places.last else { return }
    let offset = start + rows[first] * width
    // As often as not they stand in the same order, and go straight to where they belong.
    let isStraight = zip(places, places.dropFirst()).allSatisfy {
      $1 == $0 + 1 && rows[$1] == rows[$0] + 1
    }
    if isStraight {
      let target = UnsafeMutableRawBufferPointer(rebasing: whole[first * width..<(last + 1) * width])
      return try read(into: target, offset: offset)
    }
    let piece = try read(offset: offset, count: (rows[last] - rows[first] + 1) * width)
    piece.withUnsafeBytes { source in
      for place in places {
        let from = (rows[place] - rows[first]) * width
        UnsafeMutableRawBufferPointer(rebasing: whole[place * width..<(place + 1) * width])
          .copyMemory(from: .init(rebasing: source[from..<from + width]))
      }
    }
  }
}
