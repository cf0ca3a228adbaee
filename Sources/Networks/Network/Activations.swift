import CKernels

/// The activations of one layer for a batch, in groups of `DK_GROUP` units, with an index of the nonzero ones: a mask
/// for each example and, for gradients, a list for each unit. The terms "unit", "word", "group" and "panel" are those
/// of `ckernels.h`.
///
/// `@unchecked Sendable`: the threads of a step write disjoint words, and a barrier lies between a write and a read
/// by another thread.
final class Activations: @unchecked Sendable {
  static let groupSize = Int(DK_GROUP)

  let units: Int
  /// [groups]; this object owns the memory behind their pointers.
  let groups: [dk_group]

  /// - Parameters:
  ///   - units: size of the layer.
  ///   - capacity: size of the largest batch, a multiple of `DK_UNROLL`.
  ///   - byUnit: true to keep the lists by unit, which gradients need.
  init(units: Int, capacity: Int, byUnit: Bool) {
    precondition(capacity % Int(DK_UNROLL) == 0, "no room for whole steps")
    self.units = units
    // The last group has room for whole words of values, but only as many lists as it has units.
    groups = stride(from: 0, to: units, by: Self.groupSize).map { first in
      let units = min(Self.groupSize, units - first)
      let values = UnsafeMutableRawPointer.allocate(
        byteCount: Self.groupSize * capacity * MemoryLayout<Float>.stride, alignment: FloatBuffer.alignment)
      let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * Int(DK_GROUP_WORDS))
      masks.initialize(repeating: 0, count: capacity * Int(DK_GROUP_WORDS))
      // Masks and values start at zero: the last group of a layer may lack its second word, which is never written
      // but read by the product.
      return dk_group(
        values: values.initializeMemory(as: Float.self, repeating: 0, count: Self.groupSize * capacity),
        masks: masks,
        // DK_UNROLL spare entries for each list, as `list_of` in CKernels expects: lists are written and padded
        // DK_UNROLL entries at a time.
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

  /// Number of words in the layer; one panel of the layer below produces one word.
  var words: Int { (units + Int(DK_WORD) - 1) / Int(DK_WORD) }

  /// Turns the sums that stand in one word of units into activations (`dk_activate`).
  ///
  /// - Parameters:
  ///   - word: its number in the layer.
  ///   - examples: number of examples in the batch.
  ///   - function: the activation function.
  ///   - dropout: nil for none.
  ///   - firstPosition: position of the first example in the epoch; dropout depends on it.
  /// - Returns: the sum of the squared activations.
  @discardableResult
  func activate(
    word: Int, examples: Int, _ function: dk_activation, dropout: UnsafePointer<dk_dropout>? = nil,
    firstPosition: Int = 0
  ) -> Float {
    let (group, groupWord) = Self.place(word)
    // Dropout counts words by layer, not by group, so that two groups never share a mask. Positions beyond 2^32 wrap
    // round.
    return withUnsafePointer(to: groups[group]) {
      dk_activate(
        $0, groupWord, examples, function, UInt32(word), dropout, UInt32(truncatingIfNeeded: firstPosition))
    }
  }

  /// The group that holds a word, and the word's number within that group.
  static func place(_ word: Int) -> (group: Int, groupWord: Int) {
    (word / Int(DK_GROUP_WORDS), word % Int(DK_GROUP_WORDS))
  }

  /// Sets the values and the masks of one example directly; the lists by unit are left as they are.
  ///
  /// - Parameters:
  ///   - example: below `capacity`. `activate` overwrites it if it belongs to the batch.
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

  /// Appends one word of an example that `set` has stored, beyond those of the batch, to the lists by unit.
  func append(example: Int, word: Int) {
    let (group, groupWord) = Self.place(word)
    withUnsafePointer(to: groups[group]) { dk_append_example($0, groupWord, example) }
  }

  /// A bit for each unit of a word, set if the unit is nonzero for at least one example.
  func heardUnits(word: Int, examples: Int) -> UInt64 {
    let (group, groupWord) = Self.place(word)
    return (0..<examples).reduce(0) { $0 | groups[group].masks[$1 * Int(DK_GROUP_WORDS) + groupWord] }
  }

  /// The first value of a word: [examples][DK_GROUP], so the next example is `groupSize` floats further on.
  func values(word: Int) -> UnsafeMutablePointer<Float> {
    groups[word / Int(DK_GROUP_WORDS)].values + word % Int(DK_GROUP_WORDS) * Int(DK_WORD)
  }

  /// The words of a group, numbered within the layer.
  func words(of group: Int) -> Range<Int> {
    group * Int(DK_GROUP_WORDS)..<min(words, (group + 1) * Int(DK_GROUP_WORDS))
  }

  /// The units of a group, numbered within the layer.
  func units(of group: Int) -> Range<Int> {
    group * Self.groupSize..<min(units, (group + 1) * Self.groupSize)
  }
}
