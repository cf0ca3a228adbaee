import CKernels

/// A layer's activations for a batch, in groups of `DK_GROUP` units, with what tells where they are not zero: by
/// example and (for gradients) by unit.
///
/// `@unchecked Sendable`: the threads of a step write groups of their own, and a barrier lies between a write
/// and a read by another thread.
final class Activations: @unchecked Sendable {
  static let groupSize = Int(DK_GROUP)

  let units: Int
  /// One for each group.
  let groups: [dk_activations]

  /// - Parameters:
  ///   - units: of the layer.
  ///   - width: of the panels of the layer above, which reads the activations.
  ///   - capacity: examples in the largest batch, a multiple of `DK_UNROLL`.
  ///   - byUnit: whether gradients are wanted.
  init(units: Int, width: Int, capacity: Int, byUnit: Bool) {
    precondition(capacity % Int(DK_UNROLL) == 0, "no room for whole steps")
    self.units = units
    groups = stride(from: 0, to: units, by: Self.groupSize).map { first in
      let units = min(Self.groupSize, units - first)
      let values = UnsafeMutableRawPointer.allocate(
        byteCount: Self.groupSize * capacity * MemoryLayout<Float>.stride, alignment: FloatBuffer.alignment)
      let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * Int(DK_WORDS))
      masks.initialize(repeating: 0, count: capacity * Int(DK_WORDS))
      return dk_activations(
        values: values.initializeMemory(as: Float.self, repeating: 0, count: Self.groupSize * capacity),
        masks: masks,
        columns: byUnit ? .allocate(capacity: units * (capacity + Int(DK_UNROLL))) : nil,
        counts: byUnit ? .allocate(capacity: units) : nil, units: units, capacity: capacity,
        width: UInt32(width))
    }
  }

  deinit {
    for group in groups {
      group.values.deallocate()
      group.masks.deallocate()
      group.columns?.deallocate()
      group.counts?.deallocate()
    }
  }

  /// The units of a group.
  func range(_ group: Int) -> Range<Int> {
    group * Self.groupSize..<min(units, (group + 1) * Self.groupSize)
  }
}
