import CKernels

/// A layer's activations for a batch, in groups of `DK_GROUP` units, with what tells where they are not zero: by
/// example and (for gradients) by unit. The words "unit", "word", "group" and "panel" are those of `ckernels.h`.
///
/// `@unchecked Sendable`: the threads of a step write words of their own, and a barrier lies between a write
/// and a read by another thread.
final class Activations: @unchecked Sendable {
  static let groupSize = Int(DK_GROUP)

  let units: Int
  /// One for each group.
  let groups: [dk_group]

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
      let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * Int(DK_GROUP_WORDS))
      masks.initialize(repeating: 0, count: capacity * Int(DK_GROUP_WORDS))
      // Zero, because a layer's last group may have one word less than there is room for: nobody writes that word, and
      // the product reads its mask.
      return dk_group(
        values: values.initializeMemory(as: Float.self, repeating: 0, count: Self.groupSize * capacity),
        masks: masks,
        entries: byUnit ? .allocate(capacity: units * (capacity + Int(DK_UNROLL))) : nil,
        entry_counts: byUnit ? .allocate(capacity: units) : nil, units: units, capacity: capacity)
    }
  }

  deinit {
    for group in groups {
      group.values.deallocate()
      group.masks.deallocate()
      group.entries?.deallocate()
      group.entry_counts?.deallocate()
    }
  }

  /// Words of units in all groups; a word is what a panel of the layer below gives.
  var words: Int { (units + Int(DK_WORD) - 1) / Int(DK_WORD) }

  /// Makes activations of the values of a word of units (`dk_activate`).
  ///
  /// - Parameters:
  ///   - word: its number in the layer.
  ///   - examples: in the batch.
  ///   - function: what a unit makes of its value.
  ///   - dropout: nil for none.
  ///   - firstPosition: of the batch's first example in the epoch, for dropout.
  /// - Returns: the sum of the activations' squares.
  @discardableResult
  func activate(
    word: Int, examples: Int, _ function: dk_activation, dropout: UnsafePointer<dk_dropout>? = nil,
    firstPosition: Int = 0
  ) -> Float {
    let (group, groupWord) = Self.place(word)
    return withUnsafePointer(to: groups[group]) {
      dk_activate(
        $0, groupWord, examples, function, UInt32(word), dropout, UInt32(truncatingIfNeeded: firstPosition))
    }
  }

  /// The word's group, and its number there.
  static func place(_ word: Int) -> (group: Int, groupWord: Int) {
    (word / Int(DK_GROUP_WORDS), word % Int(DK_GROUP_WORDS))
  }

  /// Sets the activations of an example that no batch has.
  ///
  /// - Parameters:
  ///   - example: beyond those of a batch.
  ///   - values: [units].
  func set(example: Int, _ values: [Float]) {
    precondition(values.count == units, "wrong shapes")
    values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for word in 0..<words {
        let (group, groupWord) = Self.place(word)
        withUnsafePointer(to: groups[group]) {
          dk_set_example($0, groupWord, example, base + word * Int(DK_WORD))
        }
      }
    }
  }

  /// Appends a word's activations of such an example to the lists.
  func append(example: Int, word: Int) {
    let (group, groupWord) = Self.place(word)
    withUnsafePointer(to: groups[group]) { dk_append_example($0, groupWord, example) }
  }

  /// Which of a word's units are not zero for some example, bit by bit.
  func heardUnits(word: Int, examples: Int) -> UInt64 {
    let (group, groupWord) = Self.place(word)
    return (0..<examples).reduce(0) { $0 | groups[group].masks[$1 * Int(DK_GROUP_WORDS) + groupWord] }
  }

  /// Where a word's values begin.
  func values(word: Int) -> UnsafeMutablePointer<Float> {
    groups[word / Int(DK_GROUP_WORDS)].values + word % Int(DK_GROUP_WORDS) * Int(DK_WORD)
  }

  /// The words of a group, by their numbers in the layer.
  func words(of group: Int) -> Range<Int> {
    group * Int(DK_GROUP_WORDS)..<min(words, (group + 1) * Int(DK_GROUP_WORDS))
  }

  /// The units of a group, by their numbers in the layer.
  func units(of group: Int) -> Range<Int> {
    group * Self.groupSize..<min(units, (group + 1) * Self.groupSize)
  }
}
