import Datasets
import Foundation
import Networks
import Stage
import Storage

/// What one or several models make of a set of labelled images.
package struct Evaluation: Sendable {
  /// Bins of equal width in which confidence is compared with accuracy.
  package static let calibrationBins = 15

  package private(set) var examples = 0
  /// [classes, classes], true class by predicted class.
  package private(set) var confusion: [[Int]]
  private var logLossSum = 0.0
  private var bins = [(count: Int, confidence: Double, correct: Int)](
    repeating: (0, 0, 0), count: calibrationBins)

  package init(classes: Int) {
    confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
  }

  package var errors: Int { examples - confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
  package var errorRate: Double { examples > 0 ? Double(errors) / Double(examples) : 0 }
  /// Mean negative log-likelihood of the true class, in nats.
  package var negativeLogLikelihood: Double { examples > 0 ? logLossSum / Double(examples) : 0 }
  package var errorsPerClass: [Int] {
    confusion.indices.map { confusion[$0].reduce(0, +) - confusion[$0][$0] }
  }
  package var examplesPerClass: [Int] { confusion.map { $0.reduce(0, +) } }

  /// Expected calibration error: the mean distance of confidence and accuracy over the bins.
  package var calibrationError: Double {
    guard examples > 0 else { return 0 }
    return bins.reduce(0) { $0 + abs($1.confidence - Double($1.correct)) } / Double(examples)
  }

  /// 95 % interval of the error rate (Wilson 1927).
  package var interval: ClosedRange<Double> {
    guard examples > 0 else { return 0...1 }
    let z = 1.959963984540054
    let n = Double(examples)
    let centre = (errorRate + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (errorRate * (1 - errorRate) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, centre - half)...min(1, centre + half)
  }

  /// Counts one example.
  ///
  /// - Parameter probabilities: [classes].
  /// - Returns: the predicted class; of equals the lowest.
  @discardableResult
  package mutating func add(_ probabilities: ArraySlice<Float>, label: Int) -> Int {
    var predicted = probabilities.startIndex
    for index in probabilities.indices where probabilities[index] > probabilities[predicted] {
      predicted = index
    }
    let confidence = Double(probabilities[predicted])
    let choice = predicted - probabilities.startIndex
    examples += 1
    confusion[label][choice] += 1
    // Bins are open below and closed above, as usual.
    let bin = min(
      Self.calibrationBins - 1, max(0, Int((confidence * Double(Self.calibrationBins)).rounded(.up)) - 1))
    bins[bin].count += 1
    bins[bin].confidence += confidence
    bins[bin].correct += choice == label ? 1 : 0
    let likelihood = Double(probabilities[probabilities.startIndex + label])
    logLossSum -= Foundation.log(max(likelihood, .leastNormalMagnitude))
    return choice
  }

  /// Evaluates models, as an ensemble if there are several, on every image of every copy of a set.
  ///
  /// - Parameter visit: called for each shard in order, with its probabilities [examples, classes].
  /// - Throws: `StorageError`, `DatasetError`; `NetworkError.wrongArchitecture` for models of other images.
  package static func run(
    _ models: [Network], on set: ImageSet, combination: Combination = .arithmetic, threads: Int,
    progress: ProgressMeter? = nil, visit: (ImageShard, [Float]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    for model in models {
      guard model.architecture.inputs == set.pixels, model.architecture.classes == set.classes else {
        throw NetworkError.wrongArchitecture(
          path: set.whole.directory,
          reason: "expected images of \(model.architecture.inputs) pixels in \(model.architecture.classes) "
            + "classes for the net \(model.architecture.name), found \(set.pixels) in \(set.classes)")
      }
    }
    var evaluation = Evaluation(classes: set.classes)
    let shards = set.shards
    // As many shards at a time as there are threads, so that memory does not grow with the set.
    for start in stride(from: 0, to: shards.count, by: threads) {
      let group = Array(shards[start..<min(shards.count, start + threads)])
      let results = Collected<(Int, ImageShard, [Float])>()
      try Processors.forEach(below: group.count, threads: threads) { index in
        let shard = try set.read(group[index])
        let logits = TeacherPass.logits(of: models, images: shard.images)
        results.append(
          (
            index, shard,
            combination.probabilities(
              logits, teachers: models.count, classes: set.classes, temperature: 1)
          ))
        progress?.advance(by: shard.count)
      }
      for (_, shard, probabilities) in results.elements.sorted(by: { $0.0 < $1.0 }) {
        for row in 0..<shard.count {
          evaluation.add(
            probabilities[row * set.classes..<(row + 1) * set.classes], label: Int(shard.labels[row]))
        }
        try visit(shard, probabilities)
      }
    }
    return evaluation
  }
}

/// Images through several models.
package enum TeacherPass {
  /// - Parameter images: [examples, pixels].
  /// - Returns: [examples, teachers, classes].
  package static func logits(of models: [Network], images: [UInt8]) -> [Float] {
    let each = models.map { $0.logits(images) }
    guard each.count > 1 else { return each.first ?? [] }
    let classes = models[0].architecture.classes
    let examples = each[0].count / classes
    return (0..<examples).flatMap { example in
      each.flatMap { $0[example * classes..<(example + 1) * classes] }
    }
  }
}
