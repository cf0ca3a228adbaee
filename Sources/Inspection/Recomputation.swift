import Datasets
import Foundation
import Networks
import Stage
import Storage
import Teachers

/// Recomputes some rows of a directory of logits or soft targets with its teachers, and compares.
package struct Recomputation: Encodable, Sendable {
  /// Number of compared rows.
  package let rows: Int
  /// Largest difference of a probability or logit: absolute for values up to 1, relative for larger ones.
  package let largestDifference: Double
  /// Largest allowed difference: rounding with another batch size, or of 16-bit storage.
  package let tolerance: Double

  /// One line for a terminal.
  package var text: String {
    "\(rows) rows recomputed, largest difference \(Format.significant(largestDifference)), tolerance \(tolerance)"
  }

  /// Whether the stored values match the teachers.
  package var isWithinTolerance: Bool { largestDifference <= tolerance }

  /// Compares rows spread evenly over the set.
  ///
  /// - Parameters:
  ///   - path: directory of soft targets or logits.
  ///   - count: number of rows to compare.
  /// - Throws: `StorageError`, `StageError`, `InputError` if the directory, its images or its teachers cannot be read,
  ///   among them `InputError.unknownInput` for an input without a known location.
  package init(_ path: String, rows count: Int) throws {
    let target = try SoftTargetSet(path)
    let fresh = try FreshTargets(target)
    var largest = 0.0
    var compared = 0
    let step = max(1, fresh.images.examples / max(1, count))
    var position = 0
    for entry in fresh.images.shards where compared < count {
      // Every step-th row, counted over the whole set, not from the start of each shard.
      let chosen = (0..<entry.examples).filter { (position + $0) % step == 0 }.prefix(count - compared)
      position += entry.examples
      guard !chosen.isEmpty else { continue }
      let shard = try fresh.images.read(entry)
      // Joined row by row with the images, so soft targets of other images fail here already.
      let stored = try target.read(for: entry, images: shard, in: fresh.images)
      let expected = try fresh.values(
        of: shard.rows(Array(chosen)), path: fresh.images.directory.path(of: entry))
      let all: [Float]
      switch stored.content {
      case .logits(let values, _), .probabilities(let values, _): all = values
      }
      let width = all.count / max(1, stored.count)
      let found = chosen.flatMap { all[$0 * width..<($0 + 1) * width] }
      for (first, second) in zip(expected, found) {
        // Relative for large logits, absolute for probabilities, which are at most 1.
        let difference = Double(abs(first - second)) / max(1, Double(abs(first)))
        // Comparisons with NaN are false, so `max` would ignore it.
        largest = difference.isNaN ? .infinity : max(largest, difference)
      }
      compared += chosen.count
    }
    rows = compared
    largestDifference = largest
    // 16-bit floats below 1 are up to 2^-11 = 5e-4 apart, and rows are normalised after rounding. 32-bit values differ
    // only by the order of summation.
    if case .probabilities(_, let encoding) = target.content, encoding.precision == .f16 {
      tolerance = 2e-3
    } else {
      tolerance = 1e-4
    }
  }
}

/// The teachers of a directory, to compute its values again.
private struct FreshTargets {
  let images: ImageSet
  private let target: SoftTargetSet
  private let source: any LogitSource
  private let combination: Combination

  init(_ target: SoftTargetSet) throws {
    self.target = target
    let logits: SoftTargetSet
    switch target.content {
    case .logits: logits = target
    case .probabilities: logits = try SoftTargetSet(try Self.input("logits", of: target.directory))
    }
    images = try ImageSet(try Self.input("images", of: logits.directory))
    source = try Self.source(of: logits.directory, images)
    let word = target.directory.manifest.parameters["combine"]?.string ?? Combination.arithmetic.rawValue
    guard let combination = Combination(rawValue: word) else {
      throw StageError.wrongManifest(
        path: FileSystem.join(target.path, Manifest.fileName), reason: "impossible combine")
    }
    self.combination = combination
  }

  /// Logits, or probabilities after the same rounding and top-k cut as in storage.
  ///
  /// - Returns: [examples, teachers, classes] logits or [examples, classes] probabilities.
  func values(of shard: ImageShard, path: String) throws -> [Float] {
    let logits = try source.logits(of: shard, path: path)
    guard case .probabilities(let temperature, let encoding) = target.content else { return logits }
    let dense = combination.probabilities(
      logits, teachers: source.teachers.count, classes: target.classes, temperature: temperature)
    return encoding.readBack(dense, classes: target.classes)
  }

  private static func source(of logits: FinishedDirectory, _ images: ImageSet) throws -> any LogitSource {
    let names = logits.manifest.recipe.inputs.map(\.name)
    let teachers = try names.filter { $0.hasPrefix("teacher.") }.map { try input($0, of: logits) }
    // No input `teacher.K`: the logits came from files of another framework.
    guard let first = teachers.first else {
      let files = names.filter { $0 == "logits" || $0.hasPrefix("logits.") }
      return try ForeignLogits(files.map { try input($0, of: logits) }, images: images)
    }
    let specialists = try names.filter { $0.hasPrefix("specialist.") }.map { try input($0, of: logits) }
    guard !specialists.isEmpty else { return try TeacherLogits(teachers, images: images) }
    return PanelLogits(
      try SpecialistPanel.read(
        first, specialists, top: logits.manifest.parameters["top"]?.int ?? 1, inputs: images.shape.count,
        labels: images.isLabelled ? images.labelMap : nil, of: images.path))
  }

  private static func input(_ name: String, of directory: FinishedDirectory) throws -> String {
    guard let place = Locations(directory: directory.path).place(of: name, from: directory.path) else {
      throw InputError.unknownInput(path: directory.path, name: name)
    }
    return place
  }
}
