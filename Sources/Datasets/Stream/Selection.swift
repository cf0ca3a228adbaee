import CounterRandom
import Machine
import Stage
import Storage

/// The selection of a set's examples for a training.
package struct Selection: Equatable, Sendable {
  /// Classes to leave out.
  package var omitted: Set<Int> = []
  /// The only classes to take; nil for all.
  package var only: Set<Int>?
  /// Share of each class to take, above 0 and at most 1.
  package var fraction = 1.0
  /// Seed of the choice of the fraction.
  package var seed: UInt64 = 0

  /// Selects all examples.
  package init() {}

  /// Whether all examples are taken.
  package var isAll: Bool { omitted.isEmpty && only == nil && fraction >= 1 }

  /// Whether examples of a class can be selected.
  func takes(_ label: UInt32) -> Bool { !omitted.contains(Int(label)) && only?.contains(Int(label)) ?? true }

  /// Parameters for the manifest; empty if all examples are selected.
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

  /// Checks the selection against a set.
  ///
  /// - Parameter set: the set to select from.
  /// - Throws: `ParameterError.wrongValue` for classes that the set does not have, or a fraction outside 0 to 1;
  ///   `InputError.noLabels`.
  package func check(_ set: ImageSet) throws {
    if !omitted.isEmpty || only != nil, !set.isLabelled { throw InputError.noLabels(path: set.path) }
    for (parameter, classes) in [("omit", omitted), ("only", only ?? [])] {
      // Sorted, because a Swift set has another order in each run, and the message must not.
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

/// A selection applied to a set: the number of selected examples in each copy, and the test for a row.
///
/// The fraction is exact for each class and selects the same images in every copy: each image has a random number
/// drawn from its origin, and the images of a class with the lowest numbers are selected.
struct SelectedExamples: Sendable {
  private let selection: Selection
  private let random: CounterRandom
  /// [classes], the highest random number that is selected; nil for a fraction of 1.
  let limits: [UInt64]?
  /// Number of selected examples in one copy.
  let count: Int

  /// Restores a selection from a checkpoint.
  ///
  /// - Parameters:
  ///   - selection: of the training.
  ///   - limits: [classes], as in `limits`.
  ///   - count: number of selected examples in one copy.
  init(_ selection: Selection, limits: [UInt64]?, count: Int) {
    (self.selection, self.limits, self.count) = (selection, limits, count)
    random = CounterRandom(seed: selection.seed, purpose: .fraction)
  }

  /// Whether the set must be read to apply the selection: for a fraction, or if its shards do not store counts of
  /// classes.
  static func reads(_ selection: Selection, of set: ImageSet) -> Bool {
    !selection.isAll
      && (selection.fraction < 1 || set.copies[0].contains { $0.summary?.examplesPerClass == nil })
  }

  /// Applies a selection, reading the first copy of the set if necessary.
  ///
  /// - Parameters:
  ///   - selection: to apply.
  ///   - set: the set to select from.
  ///   - threads: maximum number of shards read at once.
  ///   - read: reads a shard; called from any thread.
  /// - Throws: errors of `read`; `InputError.noExamples` if nothing is selected.
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
    // [classes][images]; an unlabelled set counts as one class.
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
      // A limit for each class instead of a list of rows: it takes no memory and holds for every copy.
      let kept = numbers.map { Int((Double($0.count) * selection.fraction).rounded()) }
      let limits =
        selection.fraction < 1
        ? zip(numbers, kept).map { numbers, kept in kept == 0 ? 0 : numbers.sorted()[kept - 1] } : nil
      self.limits = limits
      // Counted by the limit, not by `kept`: an image that a joined set contains twice has the same number twice, and
      // both rows or neither are selected.
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

  /// The selected rows of a shard, ascending; nil for all.
  func rows(of shard: ImageShard) -> [Int]? {
    guard !selection.isAll else { return nil }
    return (0..<shard.count).filter { row in
      let label = shard.labels?[row] ?? 0
      guard shard.labels == nil || selection.takes(label) else { return false }
      guard let limits else { return true }
      return limits[Int(label)] > 0 && Self.number(of: shard.origins[row], random) <= limits[Int(label)]
    }
  }

  /// The random number of an image. Odd, so never 0: limit 0 means that no image of the class is selected.
  private static func number(of origin: RowOrigin, _ random: CounterRandom) -> UInt64 {
    let words = random.words(origin.index, origin.source.low32)
    return (UInt64(words[0]) << 32 | UInt64(words[1])) | 1
  }
}
