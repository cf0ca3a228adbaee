import Foundation

/// What one or several models make of a set of labelled images.
package struct Evaluation: Sendable {
  /// Bins of equal width in which confidence is compared with accuracy.
  package static let calibrationBins = 15

  /// Of a set with more errors than these, they are counted but not listed.
  private static let listedErrors = 20_000

  /// A true class and a predicted one.
  package struct Pair: Hashable, Sendable {
    /// The true class.
    package let label: Int
    /// The class that the models named instead.
    package let prediction: Int

    /// A pair of classes.
    package init(label: Int, prediction: Int) {
      self.label = label
      self.prediction = prediction
    }
  }

  /// Of the labels.
  package let classes: Int
  /// Examples counted so far.
  package private(set) var examples = 0
  /// Those of which the predicted class is not the true one.
  package private(set) var errors = 0
  /// How often each pair of two different classes occurred; those that did not are left out, because of very many
  /// classes there are more pairs than there is memory.
  package private(set) var confusions: [Pair: Int] = [:]
  /// [classes].
  package private(set) var examplesPerClass: [Int]
  /// [classes], by true class.
  package private(set) var errorsPerClass: [Int]
  /// Positions in the set, from 0 on, of the examples that are errors; nil of too many.
  package private(set) var errorRows: [Int]? = []
  /// Beside the teachers' words, where there were any.
  package internal(set) var fidelity: Fidelity?
  private var logLossSum = 0.0
  private var bins = [(count: Int, confidence: Double, correct: Int)](
    repeating: (0, 0, 0), count: calibrationBins)

  /// Nothing counted yet.
  package init(classes: Int) {
    self.classes = classes
    examplesPerClass = [Int](repeating: 0, count: classes)
    errorsPerClass = examplesPerClass
  }

  /// Share of the examples, 0 to 1; 0 of none.
  package var errorRate: Double { examples > 0 ? Double(errors) / Double(examples) : 0 }
  /// Mean negative log-likelihood of the true class, in nats.
  package var negativeLogLikelihood: Double { examples > 0 ? logLossSum / Double(examples) : 0 }

  /// Expected calibration error: the mean distance of confidence and accuracy over the bins.
  package var calibrationError: Double {
    guard examples > 0 else { return 0 }
    // Σ_b n_b / n |mean confidence_b - accuracy_b|, in which n_b cancels: so the bins hold sums.
    return bins.reduce(0) { $0 + abs($1.confidence - Double($1.correct)) } / Double(examples)
  }

  /// 95 % interval of the error rate (Wilson 1927).
  package var interval: ClosedRange<Double> {
    guard examples > 0 else { return 0...1 }
    // Wilson's, because p ± z √(p (1 - p) / n) of a net without errors has no width.
    let z = 1.959963984540054
    let n = Double(examples)
    let centre = (errorRate + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (errorRate * (1 - errorRate) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, centre - half)...min(1, centre + half)
  }

  /// The class of the largest of a row; of equals the lowest.
  package static func prediction(_ row: ArraySlice<some Comparable>) -> Int {
    var predicted = row.startIndex
    for index in row.indices where row[index] > row[predicted] { predicted = index }
    return predicted - row.startIndex
  }

  /// Counts one example.
  ///
  /// - Parameters:
  ///   - logProbabilities: [classes], in nats: a probability itself may underflow.
  ///   - label: the true class.
  package mutating func add(_ logProbabilities: ArraySlice<Double>, label: Int) {
    let prediction = Self.prediction(logProbabilities)
    let confidence = exp(logProbabilities[logProbabilities.startIndex + prediction])
    examples += 1
    examplesPerClass[label] += 1
    if prediction != label {
      errors += 1
      if errors > Self.listedErrors { errorRows = nil } else { errorRows?.append(examples - 1) }
      errorsPerClass[label] += 1
      confusions[Pair(label: label, prediction: prediction), default: 0] += 1
    }
    // Bins are open below and closed above, as usual.
    let bin = min(
      Self.calibrationBins - 1, max(0, Int((confidence * Double(Self.calibrationBins)).rounded(.up)) - 1))
    bins[bin].count += 1
    bins[bin].confidence += confidence
    bins[bin].correct += prediction == label ? 1 : 0
    logLossSum -= logProbabilities[logProbabilities.startIndex + label]
  }
}
