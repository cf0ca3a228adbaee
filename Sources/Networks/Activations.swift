import CKernels

/// A layer's activations for a batch, in groups of `DK_GROUP` units, with what tells where they are not zero: by
/// example and (for gradients) by unit.
///
/// `@unchecked Sendable`: the threads of a step write words of their own, and a barrier lies between a write
/// and a read by another thread.
final class Activations: @unchecked Sendable {
  static let groupSize = Int(DK_GROUP)

  let units: Int
  /// One for each group.
  let groups: [dk_activations]

  /// - Parameters:
  ///   - units: of the layer.
  ///   - capacity: examples in the largest batch, a multiple of `DK_UNROLL`.
  ///   - byUnit: whether gradients are wanted.
  init(units: Int, capacity: Int, byUnit: Bool) {
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
        counts: byUnit ? .allocate(capacity: units) : nil, units: units, capacity: capacity)
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

  /// Words of units in all groups; a word is what a panel of the layer below gives.
  var words: Int { (units + Int(DK_WORD) - 1) / Int(DK_WORD) }

  /// Makes activations of the values of a word of units (`dk_activate`).
  func activate(word: Int, count: Int, dropout: UnsafePointer<dk_dropout>? = nil, firstExample: Int = 0) {
    let (group, position) = word.quotientAndRemainder(dividingBy: Int(DK_WORDS))
    var rows = groups[group]
    dk_activate(&rows, position, count, UInt32(word), dropout, UInt32(truncatingIfNeeded: firstExample))
  }

  /// Where a word's values begin.
  func values(word: Int) -> UnsafeMutablePointer<Float> {
    groups[word / Int(DK_WORDS)].values + word % Int(DK_WORDS) * Int(DK_WORD)
  }

  /// The words of a group.
  func words(of group: Int) -> Range<Int> {
    group * Int(DK_WORDS)..<min(words, (group + 1) * Int(DK_WORDS))
  }

  /// The units of a group.
  func range(_ group: Int) -> Range<Int> {
    group * Self.groupSize..<min(units, (group + 1) * Self.groupSize)
  }
}
