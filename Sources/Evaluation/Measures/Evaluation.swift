import Foundation

/// Counts and sums over a predictor's answers for labelled images: errors, NLL, calibration and confusions.
package struct Evaluation: Sendable {
  /// Number of confidence bins of equal width for the expected calibration error: 15, as in Guo et al. 2017, since the
  /// value depends on it.
  package static let calibrationBins = 15

  /// Largest number of errors that are listed one by one; beyond it they are only counted.
  private static let listedErrors = 20_000

  /// A true class and a predicted one.
  package struct Pair: Hashable, Sendable {
    /// The true class.
    package let label: Int
    /// The predicted class.
    package let prediction: Int

    /// A pair of classes.
    package init(label: Int, prediction: Int) {
      self.label = label
      self.prediction = prediction
    }
  }

  /// Number of classes.
  package let classes: Int
  /// Examples so far.
  package private(set) var examples = 0
  /// Examples whose predicted class is wrong.
  package private(set) var errors = 0
  /// Number of examples for each pair of different classes that occurred. Sparse: a matrix [classes, classes] of very
  /// many classes would not fit in memory.
  package private(set) var confusions: [Pair: Int] = [:]
  /// [classes], by true class.
  package private(set) var examplesPerClass: [Int]
  /// [classes], by true class.
  package private(set) var errorsPerClass: [Int]
  /// Positions of the errors in the set, from 0, ascending; nil for more than 20,000.
  package private(set) var errorRows: [Int]? = []
  /// Comparison with the teachers; nil without soft targets.
  package internal(set) var fidelity: Fidelity?
  private var logLossSum = 0.0
  // [calibrationBins]: examples, sum of their confidences, and correct predictions.
  private var bins = [(count: Int, confidence: Double, correct: Int)](
    repeating: (0, 0, 0), count: calibrationBins)

  /// An evaluation of no examples.
  package init(classes: Int) {
    self.classes = classes
    examplesPerClass = [Int](repeating: 0, count: classes)
    errorsPerClass = examplesPerClass
  }

  /// Errors as a share of the examples, 0 to 1; 0 without examples.
  package var errorRate: Double { examples > 0 ? Double(errors) / Double(examples) : 0 }
  /// Mean negative log-likelihood of the true class, in nats.
  package var negativeLogLikelihood: Double { examples > 0 ? logLossSum / Double(examples) : 0 }

  /// Expected calibration error, 0 to 1: the mean distance between confidence and accuracy over the bins, weighted by
  /// their examples (Guo et al. 2017).
  package var calibrationError: Double {
    guard examples > 0 else { return 0 }
    // Σ_b n_b / n |mean confidence_b - accuracy_b|. The n_b cancels, so sums are enough, and empty bins divide nothing.
    return bins.reduce(0) { $0 + abs($1.confidence - Double($1.correct)) } / Double(examples)
  }

  /// 95 % confidence interval of the error rate (Wilson 1927), within 0...1.
  package var interval: ClosedRange<Double> {
    guard examples > 0 else { return 0...1 }
    // Wilson's interval, because p ± z √(p (1 - p) / n) is too narrow for the few errors of a good net, and has width 0
    // for a net without errors. z is the 97.5 % quantile of the normal distribution.
    let z = 1.959963984540054
    let n = Double(examples)
    let centre = (errorRate + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (errorRate * (1 - errorRate) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, centre - half)...min(1, centre + half)
  }

  /// Position of the largest value of a row; the lowest of several equal ones.
  package static func prediction(_ row: ArraySlice<some Comparable>) -> Int {
    var predicted = row.startIndex
    // Strictly greater: all programs break ties alike, so the error counts of two of them can be compared.
    for index in row.indices where row[index] > row[predicted] { predicted = index }
    return predicted - row.startIndex
  }

  /// Adds one example.
  ///
  /// - Parameters:
  ///   - logProbabilities: [classes], in nats: a probability may underflow to 0, and its NLL would be infinite.
  ///   - label: the true class.
  package mutating func add(_ logProbabilities: ArraySlice<Double>, label: Int) {
    let prediction = Self.prediction(logProbabilities)
    let confidence = exp(logProbabilities[logProbabilities.startIndex + prediction])
    examples += 1
    examplesPerClass[label] += 1
    if prediction != label {
      errors += 1
      // Nil for good: part of a list would give a wrong comparison with another model.
      if errors > Self.listedErrors { errorRows = nil } else { errorRows?.append(examples - 1) }
      errorsPerClass[label] += 1
      confusions[Pair(label: label, prediction: prediction), default: 0] += 1
    }
    // Bin b of M is (b / M, (b + 1) / M], as in Guo et al.; a confidence that rounds to 0 or above 1 is clamped.
    let bin = min(
      Self.calibrationBins - 1, max(0, Int((confidence * Double(Self.calibrationBins)).rounded(.up)) - 1))
    bins[bin].count += 1
    bins[bin].confidence += confidence
    bins[bin].correct += prediction == label ? 1 : 0
    logLossSum -= logProbabilities[logProbabilities.startIndex + label]
  }
}
