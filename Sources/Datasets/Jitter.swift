import CounterRandom

/// Shifts by whole pixels, drawn for each image without replacement: after (2P + 1)² copies an image has had
/// every shift exactly once.
package struct Jitter: Sendable {
  /// Largest shift either way, in pixels.
  package let reach: Int
  private let random: CounterRandom

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
    return random.permutation(side * side, index).prefix(copies).flatMap {
      [Int8(Int($0) / side - reach), Int8(Int($0) % side - reach)]
    }
  }

  /// Writes an image moved down by `dy` and right by `dx` pixels; zeros come in.
  package static func shift(
    _ image: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, rows: Int,
    columns: Int, dy: Int, dx: Int
  ) {
    output.update(repeating: 0)
    let width = columns - abs(dx)
    guard width > 0, let from = image.baseAddress, let to = output.baseAddress else { return }
    for row in max(0, dy)..<max(max(0, dy), min(rows, rows + dy)) {
      (to + row * columns + max(0, dx)).update(
        from: from + (row - dy) * columns + max(0, -dx), count: width)
    }
  }
}
