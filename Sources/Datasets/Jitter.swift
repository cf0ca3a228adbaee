import CounterRandom

/// Shifts by whole pixels, drawn for each image without replacement: after (2P + 1)² copies an image has had
/// every shift exactly once.
package struct Jitter: Sendable {
  /// Largest shift either way, in pixels.
  package let reach: Int
  private let random: CounterRandom

  /// Shifts of up to `reach` pixels; the same seed gives an image the same ones in any set.
  package init(reach: Int, seed: UInt64) {
    self.reach = reach
    random = CounterRandom(seed: seed, purpose: .jitter)
  }

  /// How many shifts there are, and so how many copies at most.
  package static func shiftCount(reach: Int) -> Int { (2 * reach + 1) * (2 * reach + 1) }

  /// The shifts (dy, dx) of an image in the first copies, in pixels: [copies, 2].
  package func shifts(index: UInt32, copies: Int) -> [Int8] {
    guard reach > 0 else { return [Int8](repeating: 0, count: copies * 2) }
    let side = 2 * reach + 1
    // Of all shifts, however few are wanted: the copies of a short run are the first ones of a longer.
    return random.permutation(side * side, index).prefix(copies).flatMap {
      [Int8(Int($0) / side - reach), Int8(Int($0) % side - reach)]
    }
  }

  /// The shifts of several images: [copies][images, 2].
  func shifts(indices: [UInt32], copies: Int) -> [[Int8]] {
    var shifts = [[Int8]](repeating: [], count: copies)
    for copy in shifts.indices { shifts[copy].reserveCapacity(indices.count * 2) }
    for index in indices {
      let places = self.shifts(index: index, copies: copies)
      for copy in 0..<copies { shifts[copy] += places[copy * 2..<copy * 2 + 2] }
    }
    return shifts
  }

  /// Images [n, rows, columns, channels], each moved by its shift of [n, 2]; what comes in is that of the
  /// image `empty`.
  func shifted(_ images: [UInt8], by shifts: [Int8], shape: ImageShape, empty: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: images.count) { output, count in
      images.withUnsafeBufferPointer { input in
        for row in 0..<shifts.count / 2 {
          let place = row * shape.count..<(row + 1) * shape.count
          Self.shift(
            .init(rebasing: input[place]), into: .init(rebasing: output[place]), shape: shape,
            by: Shift(dy: shifts[row * 2], dx: shifts[row * 2 + 1]), empty: empty)
        }
      }
      count = images.count
    }
  }

  /// Writes an image moved down by `dy` and right by `dx` pixels; what comes in is that of the image `empty`.
  package static func shift(
    _ image: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, shape: ImageShape,
    by shift: Shift, empty: [UInt8]
  ) {
    precondition(
      image.count == shape.count && output.count == shape.count && empty.count == shape.count, "not one image"
    )
    _ = output.update(fromContentsOf: empty)
    let (dy, dx) = (Int(shift.dy), Int(shift.dx))
    let line = shape.columns * shape.channels
    let width = (shape.columns - abs(dx)) * shape.channels
    // Moved out by its whole width: nothing of it is left.
    guard width > 0, let from = image.baseAddress, let to = output.baseAddress else { return }
    // The outer max: a move by more than the height makes an empty range, not one that runs backwards.
    for row in max(0, dy)..<max(max(0, dy), min(shape.rows, shape.rows + dy)) {
      (to + row * line + max(0, dx) * shape.channels).update(
        from: from + (row - dy) * line + max(0, -dx) * shape.channels, count: width)
    }
  }
}
