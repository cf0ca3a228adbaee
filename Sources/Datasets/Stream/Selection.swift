import CounterRandom
import Stage
import Storage

/// Which examples of a set a training takes.
package struct Selection: Equatable, Sendable {
  /// Classes that are left out.
  package var omitted: Set<Int> = []
  /// The only classes that are taken; nil for all.
  package var only: Set<Int>?
  /// Share of each class that is taken, above 0 to 1.
  package var fraction = 1.0
  /// Decides which examples make the fraction.
  package var seed: UInt64 = 0

  /// All examples.
  package init() {}

  /// Whether all examples are taken.
  package var isAll: Bool { omitted.isEmpty && only == nil && fraction >= 1 }

  /// Whether examples of a class can be taken.
  func takes(_ label: UInt32) -> Bool { !omitted.contains(Int(label)) && only?.contains(Int(label)) ?? true }

  /// As a manifest keeps it; nothing where all are taken.
  package var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = [:]
    if !omitted.isEmpty { parameters["omit"] = JSONValue(omitted.sorted()) }
    if let only { parameters["only"] = JSONValue(only.sorted()) }
    if fraction < 1 {
      parameters["fraction"] = JSONValue(fraction)
      parameters["fraction-seed"] = JSONValue(Int(seed))
    }
    return parameters
  }

  /// - Parameter set: of which it is made.
  /// - Throws: `ParameterError.wrongValue` for classes that the set does not have; `InputError.noLabels`.
  package func check(_ set: ImageSet) throws {
    if !omitted.isEmpty || only != nil, !set.isLabelled { throw InputError.noLabels(path: set.path) }
    for (parameter, classes) in [("omit", omitted), ("only", only ?? [])] {
      // Sorted, as a set has another order in each run.
      guard let wrong = classes.sorted().first(where: { !(0..<set.classes).contains($0) }) else { continue }
      throw ParameterError.wrongValue(
        parameter: parameter, expected: "classes of 0 to \(set.classes - 1)", found: String(wrong))
    }
    guard fraction > 0, fraction <= 1 else {
      throw ParameterError.wrongValue(
        parameter: "fraction", expected: "above 0 to 1", found: String(fraction))
    }
  }
}

/// A selection applied to a set: how many examples it takes of each copy, and which.
///
/// The fraction is exact for each class, and the same images in every copy: each image has a number drawn by its
/// origin, and those of a class with the lowest are taken.
struct SelectedExamples: Sendable {
  private let selection: Selection
  private let random: CounterRandom
  /// For each class, the highest number that is taken; nil where a fraction is all.
  let limits: [UInt64]?
  /// In one copy.
  let count: Int

  /// As it was kept.
  ///
  /// - Parameters:
  ///   - selection: that was applied.
  ///   - limits: [classes], as `limits`.
  ///   - count: of examples in one copy.
  init(_ selection: Selection, limits: [UInt64]?, count: Int) {
    (self.selection, self.limits, self.count) = (selection, limits, count)
    random = CounterRandom(seed: selection.seed, purpose: .fraction)
  }

  /// Whether the set has to be read for it: for a fraction, or where shards do not count their classes.
  static func reads(_ selection: Selection, of set: ImageSet) -> Bool {
    !selection.isAll
      && (selection.fraction < 1 || set.copies[0].contains { $0.summary?.examplesPerClass == nil })
  }

  /// Reads the set's first copy where it has to.
  ///
  /// - Parameters:
  ///   - selection: to apply.
  ///   - set: of which examples are taken.
  ///   - threads: at most as many shards at once.
  ///   - read: gives a shard, from any thread.
  /// - Throws: what `read` throws; `InputError.noExamples` if nothing is left.
  init(
    _ selection: Selection, of set: ImageSet, threads: Int,
    read: @Sendable (Manifest.Output) throws -> ImageShard
  ) throws {
    self.selection = selection
    random = CounterRandom(seed: selection.seed, purpose: .fraction)
    if selection.isAll {
      (limits, count) = (nil, set.examplesPerCopy)
      return
    }
    var numbers = [[UInt64]](repeating: [], count: set.isLabelled ? set.classes : 1)
    if Self.reads(selection, of: set) {
      // One copy is enough: the number comes from the image, not from its distortion.
      let shards = set.copies[0]
      let found = try Processors.map(below: shards.count, threads: threads) { [random] index in
        let shard = try read(shards[index])
        return (0..<shard.count).compactMap { row -> (Int, UInt64)? in
          let label = shard.labels?[row] ?? 0
          guard shard.labels == nil || selection.takes(label) else { return nil }
          return (Int(label), Self.number(of: shard.origins[row], random))
        }
      }
      for (label, number) in found.joined() { numbers[label].append(number) }
      // [classes]. A highest number, not a list of rows: it takes no memory and holds for every copy.
      let kept = numbers.map { Int((Double($0.count) * selection.fraction).rounded()) }
      let limits =
        selection.fraction < 1
        ? zip(numbers, kept).map { numbers, kept in kept == 0 ? 0 : numbers.sorted()[kept - 1] } : nil
      self.limits = limits
      // An image that a joined set has twice has one number, and both or neither are taken.
      count =
        limits.map { zip(numbers, $0).reduce(0) { sum, own in sum + own.0.count { $0 <= own.1 } } }
        ?? kept.reduce(0, +)
    } else {
      limits = nil
      count = set.copies[0].reduce(0) { sum, shard in
        sum
          + (set.examplesPerClass(shard) ?? []).enumerated().reduce(0) {
            selection.takes(UInt32($1.offset)) ? $0 + $1.element : $0
          }
      }
    }
    guard count > 0 else {
      throw InputError.noExamples(
        path: set.path, of: "example of the classes and the fraction that are taken")
    }
  }

  /// Rows of a shard that are taken, ascending; nil for all.
  func rows(of shard: ImageShard) -> [Int]? {
    guard !selection.isAll else { return nil }
    return (0..<shard.count).filter { row in
      let label = shard.labels?[row] ?? 0
      guard shard.labels == nil || selection.takes(label) else { return false }
      guard let limits else { return true }
      return limits[Int(label)] > 0 && Self.number(of: shard.origins[row], random) <= limits[Int(label)]
    }
  }

  /// Never 0, which stands for a class of which nothing is taken.
  private static func number(of origin: RowOrigin, _ random: CounterRandom) -> UInt64 {
    let words = random.words(origin.index, origin.source.low32)
    return (UInt64(words[0]) << 32 | UInt64(words[1])) | 1
  }
}
