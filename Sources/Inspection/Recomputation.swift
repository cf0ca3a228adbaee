import Datasets
import Distillation
import Foundation
import Networks
import Stage
import Storage

/// Runs some rows of a directory of soft targets through its teachers again and compares.
package struct Recomputation: Encodable, Sendable {
  /// Rows that were compared.
  package let rows: Int
  /// Largest difference found, of a probability or a logit.
  package let largestDifference: Double
  /// Largest difference that is allowed: the rounding of another batch size, or of 16-bit storage.
  package let tolerance: Double

  package var isWithinTolerance: Bool { largestDifference <= tolerance }

  /// - Parameter count: rows to compare, spread evenly over the set.
  /// - Throws: `StorageError`, `StageError` if the directory, its images or its teachers cannot be read.
  package init(_ directory: String, rows count: Int) throws {
    let target = try SoftTargetSet(directory)
    let logitDirectory: String
    switch target.kind {
    case .logits: logitDirectory = directory
    case .probabilities: logitDirectory = try Self.input("logits", of: target.whole)
    }
    let logits = try SoftTargetSet(logitDirectory)
    let images = try ImageSet(try Self.input("images", of: logits.whole))
    let teacherPaths = try logits.whole.manifest.inputs.filter { $0.name.hasPrefix("teacher.") }
      .map { try Self.input($0.name, of: logits.whole) }
    let source: any LogitSource =
      try teacherPaths.isEmpty
      ? ForeignLogits(try Self.input("logits", of: logits.whole), images: images)
      : TeacherLogits(teacherPaths, images: images)
    let options = try SofteningOptions(target.whole.manifest)
    var largest = 0.0
    var compared = 0
    let total = images.shards.reduce(0) { $0 + ($1.examples ?? 0) }
    let step = max(1, total / max(1, count))
    var position = 0
    for entry in images.shards {
      let examples = entry.examples ?? 0
      defer { position += examples }
      let chosen = (0..<examples).filter { (position + $0) % step == 0 }
      guard !chosen.isEmpty, compared < count else { continue }
      let shard = try images.read(entry)
      let stored = try target.read(for: entry, images: shard, in: images)
      let few = shard.rows(Array(chosen.prefix(count - compared)))
      let fresh = try source.logits(of: few, path: images.whole.path(of: entry))
      let expected: [Float]
      let found: [Float]
      switch (target.kind, stored.content) {
      case (.probabilities(let temperature), .probabilities(let values)):
        expected = options.stored(
          options.combination.probabilities(
            fresh, teachers: source.teacherCount, classes: target.classes, temperature: temperature),
          classes: target.classes)
        found = Self.rows(values, chosen, width: target.classes)
      case (_, .logits(let values, let teachers)):
        expected = fresh
        found = Self.rows(values, chosen, width: target.classes * teachers)
      default: continue
      }
      for (first, second) in zip(expected, found) {
        largest = max(largest, Double(abs(first - second)) / max(1, Double(abs(first))))
      }
      compared += few.count
    }
    rows = compared
    largestDifference = largest
    tolerance = options.precision == .f16 ? 2e-3 : 1e-4
  }

  private static func rows(_ values: [Float], _ chosen: [Int], width: Int) -> [Float] {
    chosen.flatMap { values[$0 * width..<($0 + 1) * width] }
  }

  private static func input(_ name: String, of whole: Whole) throws -> String {
    guard let location = Locations(directory: whole.directory).paths[name] else {
      throw StageError.badInput(
        path: whole.directory, reason: "expected a known location of its input \(name), found none")
    }
    return FileSystem.shortened(FileSystem.join(whole.directory, location))
  }
}
