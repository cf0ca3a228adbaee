import CounterRandom
import Stage
import Storage

/// A shift by whole pixels, down and to the right.
package struct Shift: Hashable, Sendable {
  /// Downwards, in pixels; negative for up.
  package let dy: Int8
  /// To the right, in pixels; negative for left.
  package let dx: Int8

  /// Creates a shift; (0, 0) leaves an image unchanged.
  package init(dy: Int8, dx: Int8) {
    self.dy = dy
    self.dx = dx
  }

  /// The shift with this variant number.
  package init(variant: UInt32) {
    self.init(
      dy: Int8(bitPattern: UInt8(truncatingIfNeeded: variant >> 8)),
      dx: Int8(bitPattern: UInt8(truncatingIfNeeded: variant)))
  }

  /// The number of the shift in a shard: different for each shift, independent of the seed, 0 for no shift. Bytes are
  /// taken by bit pattern, so that negative shifts do not spill into the high bits.
  package var variant: UInt32 {
    UInt32(UInt8(bitPattern: dy)) << 8 | UInt32(UInt8(bitPattern: dx))
  }
}

/// Shifts by whole pixels, drawn for each image without replacement: (2P + 1)² copies contain every shift of an image
/// exactly once.
package struct ShiftDistortion: Distortion {
  /// Tensor in a shard with the meaning of each row's variant: I8 [n, 2], (dy, dx) in pixels.
  private static let tensorName = "shifts"

  /// Largest shift in each direction, in pixels (P).
  package let reach: Int

  /// - Parameter reach: largest shift in each direction, 1 to 127 pixels.
  /// - Throws: `ParameterError.wrongValue`.
  package init(reach: Int) throws {
    guard (1...127).contains(reach) else {
      throw ParameterError.wrongValue(parameter: "jitter", expected: "0 to 127 pixels", found: String(reach))
    }
    self.reach = reach
  }

  /// Number of shifts along one axis.
  private var side: Int { 2 * reach + 1 }

  package var parameters: [String: JSONValue] { ["jitter": JSONValue(reach)] }
  package var copyLimit: Int? { side * side }

  /// The shifts of an image in the first copies. With the same seed an image has the same shifts in any set.
  package func shifts(index: UInt32, copies: Int, seed: UInt64) -> [Shift] {
    let random = CounterRandom(seed: seed, purpose: .jitter)
    // All shifts are permuted, however few are needed: the copies of a short run are then the first of a longer one.
    return random.permutation(side * side, index).prefix(copies).map {
      Shift(dy: Int8(Int($0) / side - reach), dx: Int8(Int($0) % side - reach))
    }
  }

  package func variants(of indices: [UInt32], copies: Int, seed: UInt64) -> [[UInt32]] {
    var variants = [[UInt32]](repeating: [], count: copies)
    for copy in variants.indices { variants[copy].reserveCapacity(indices.count) }
    for index in indices {
      // All copies at once, because drawing one shift costs as much as drawing them all.
      for (copy, shift) in shifts(index: index, copies: copies, seed: seed).enumerated() {
        variants[copy].append(shift.variant)
      }
    }
    return variants
  }

  package func distorted(
    _ images: [UInt8], indices: [UInt32], variants: [UInt32], shape: ImageShape, background: [UInt8]
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: images.count) { output, count in
      images.withUnsafeBufferPointer { input in
        // Every output image is written whole, so the array need not be zeroed first.
        for row in variants.indices {
          let place = row * shape.count..<(row + 1) * shape.count
          Self.shift(
            .init(rebasing: input[place]), into: .init(rebasing: output[place]), shape: shape,
            by: Shift(variant: variants[row]), background: background)
        }
      }
      count = images.count
    }
  }

  package func describe(_ variants: [UInt32], in writer: inout SafetensorsWriter) {
    let shifts = variants.flatMap { variant in
      let shift = Shift(variant: variant)
      return [shift.dy, shift.dx]
    }
    writer.add(Self.tensorName, shifts, shape: [variants.count, 2])
  }

  /// Writes an image shifted down by `dy` and right by `dx` pixels; uncovered pixels show the background.
  package static func shift(
    _ image: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, shape: ImageShape,
    by shift: Shift, background: [UInt8]
  ) {
    precondition(
      image.count == shape.count && output.count == shape.count && background.count == shape.count,
      "not one image")
    _ = output.update(fromContentsOf: background)
    let (dy, dx) = (Int(shift.dy), Int(shift.dx))
    let line = shape.columns * shape.channels
    let width = (shape.columns - abs(dx)) * shape.channels
    // Shifted out by its whole width: only background is left.
    guard width > 0, let from = image.baseAddress, let to = output.baseAddress else { return }
    // The outer max keeps the range valid for a shift by more than the height: it is empty then.
    for row in max(0, dy)..<max(max(0, dy), min(shape.rows, shape.rows + dy)) {
      (to + row * line + max(0, dx) * shape.channels).update(
        from: from + (row - dy) * line + max(0, -dx) * shape.channels, count: width)
    }
  }
}
