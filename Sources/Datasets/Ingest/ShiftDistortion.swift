import CounterRandom
import Stage
import Storage

/// A move by whole pixels, down and to the right.
package struct Shift: Hashable, Sendable {
  /// Down, in pixels.
  package let dy: Int8
  /// To the right, in pixels.
  package let dx: Int8

  /// A move; (0, 0) leaves an image as it is.
  package init(dy: Int8, dx: Int8) {
    self.dy = dy
    self.dx = dx
  }

  /// The shift that a variant stands for.
  package init(variant: UInt32) {
    self.init(
      dy: Int8(bitPattern: UInt8(truncatingIfNeeded: variant >> 8)),
      dx: Int8(bitPattern: UInt8(truncatingIfNeeded: variant)))
  }

  /// As the variant of a row: another shift, another number, whatever the seed; 0 for none.
  package var variant: UInt32 {
    UInt32(UInt8(bitPattern: dy)) << 8 | UInt32(UInt8(bitPattern: dx))
  }
}

/// Shifts by whole pixels, drawn for each image without replacement: after (2P + 1)² copies an image has had
/// every shift exactly once.
package struct ShiftDistortion: Distortion {
  /// Tensor of a shard: what each row's variant means, I8 [n, 2], (dy, dx) in pixels.
  private static let tensorName = "shifts"

  /// Largest shift either way, in pixels.
  package let reach: Int

  /// - Parameter reach: largest shift either way, in pixels.
  /// - Throws: `ParameterError.wrongValue`.
  package init(reach: Int) throws {
    guard (1...127).contains(reach) else {
      throw ParameterError.wrongValue(parameter: "jitter", expected: "0 to 127 pixels", found: String(reach))
    }
    self.reach = reach
  }

  private var side: Int { 2 * reach + 1 }

  package var parameters: [String: JSONValue] { ["jitter": JSONValue(reach)] }
  package var copyLimit: Int? { side * side }

  /// The shifts of an image in the first copies; the same seed gives an image the same ones in any set.
  package func shifts(index: UInt32, copies: Int, seed: UInt64) -> [Shift] {
    let random = CounterRandom(seed: seed, purpose: .jitter)
    // Of all shifts, however few are wanted: the copies of a short run are the first ones of a longer.
    return random.permutation(side * side, index).prefix(copies).map {
      Shift(dy: Int8(Int($0) / side - reach), dx: Int8(Int($0) % side - reach))
    }
  }

  package func variants(of indices: [UInt32], copies: Int, seed: UInt64) -> [[UInt32]] {
    var variants = [[UInt32]](repeating: [], count: copies)
    for copy in variants.indices { variants[copy].reserveCapacity(indices.count) }
    for index in indices {
      // For all copies at once, because the shift of one costs as much as those of all.
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

  /// Writes an image moved down by `dy` and right by `dx` pixels; what comes in is that of the background.
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
    // Moved out by its whole width: nothing of it is left.
    guard width > 0, let from = image.baseAddress, let to = output.baseAddress else { return }
    // The outer max: a move by more than the height makes an empty range, not one that runs backwards.
    for row in max(0, dy)..<max(max(0, dy), min(shape.rows, shape.rows + dy)) {
      (to + row * line + max(0, dx) * shape.channels).update(
        from: from + (row - dy) * line + max(0, -dx) * shape.channels, count: width)
    }
  }
}
