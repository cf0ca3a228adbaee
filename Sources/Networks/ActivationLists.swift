import CKernels

/// What is not zero of one layer's activations for a batch, by example and (for gradients) by unit, in
/// groups of `DK_GROUP` units.
///
/// `@unchecked Sendable`: the threads of a step write groups of their own, and a barrier lies between a write
/// and a read by another thread.
final class ActivationLists: @unchecked Sendable {
  static let groupSize = DK_GROUP

  let units: Int
  /// One for each group.
  let groups: [dk_lists]

  /// - Parameters:
  ///   - units: of the layer.
  ///   - width: of the panels of the layer above, which reads the lists.
  ///   - capacity: examples in the largest batch.
  ///   - byUnit: whether gradients are wanted.
  init(units: Int, width: Int, capacity: Int, byUnit: Bool) {
    self.units = units
    groups = stride(from: 0, to: units, by: Self.groupSize).map { first in
      let units = min(Self.groupSize, units - first)
      return dk_lists(
        entries: .allocate(capacity: units * capacity), starts: .allocate(capacity: capacity + 1),
        columns: byUnit ? .allocate(capacity: units * capacity) : nil,
        counts: byUnit ? .allocate(capacity: units) : nil, capacity: capacity, width: UInt32(width))
    }
  }

  deinit {
    for group in groups {
      group.entries.deallocate()
      group.starts.deallocate()
      group.columns?.deallocate()
      group.counts?.deallocate()
    }
  }

  /// The units of a group.
  func range(_ group: Int) -> Range<Int> {
    group * Self.groupSize..<min(units, (group + 1) * Self.groupSize)
  }
}
