extension InputFile {
  /// Most bytes per read, unless a row is larger.
  private static let reach = 4 << 20
  /// Largest gap, in bytes, between two rows that are still read together: another system call would cost more.
  private static let gap = 4 << 10

  /// Reads rows of a table, in the order of `rows`. Neighbouring rows are read together. Safe to call from any number
  /// of threads.
  ///
  /// - Parameters:
  ///   - rows: may repeat, in any order.
  ///   - width: bytes per row.
  ///   - start: byte offset of row 0.
  /// - Returns: `rows.count * width` bytes.
  /// - Throws: `StorageError.unreadable`, `.truncated`, `.outOfMemory`.
  func rows(_ rows: [Int], width: Int, start: Int) throws -> [UInt8] {
    try Allocation.bytes(rows.count * width, path: path) { buffer, initialized in
      let whole = UnsafeMutableRawBufferPointer(buffer)
      // Also when a read throws: the bytes are trivial, and the array is thrown away.
      defer { initialized = rows.count * width }
      guard width > 0 else { return }
      // Positions in the result, sorted by file offset, so that the disk is read forwards.
      let order = rows.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
      var next = 0
      while next < order.count {
        let first = next
        var last = next
        // Invariant: the rows order[first]...order[last] lie close together and fit one read.
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

  /// Reads rows that lie close together. `places` are their positions in `rows`, sorted by file offset.
  private func read(
    _ places: ArraySlice<Int>, of rows: [Int], width: Int, start: Int,
    into whole: UnsafeMutableRawBufferPointer
  ) throws {
    guard let first = places.first, let last = places.last else { return }
    let offset = start + rows[first] * width
    // Often the rows are wanted in file order without gaps: then they are read directly into the result.
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
