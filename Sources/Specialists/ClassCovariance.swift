import Foundation

/// The covariance matrix of a model's class probabilities over a set of images (paper, section 5.3): large where two
/// classes are often thought likely together.
///
/// The probabilities are those at a temperature: of a net that is nearly always sure, those at 1 say how frequent a class
/// is and little else.
package struct ClassCovariance {
  /// [classes, classes], symmetric.
  package let values: [Double]
  /// Of the model.
  package let classes: Int

  /// What is summed over the images.
  package struct Sums: Sendable {
    fileprivate let classes: Int
    fileprivate var examples = 0
    /// [classes]
    fileprivate var first: [Double]
    /// [classes, classes]
    fileprivate var second: [Double]

    /// Nothing yet.
    package init(classes: Int) {
      self.classes = classes
      first = [Double](repeating: 0, count: classes)
      second = [Double](repeating: 0, count: classes * classes)
    }

    /// - Parameters:
    ///   - logProbabilities: [examples, classes] at a temperature of 1, in nats.
    ///   - temperature: at which they are wanted.
    package mutating func add(logProbabilities: [Double], temperature: Double) {
      var probabilities = logProbabilities.map { exp($0 / temperature) }
      for start in stride(from: 0, to: probabilities.count, by: classes) {
        let sum = probabilities[start..<start + classes].reduce(0, +)
        for place in start..<start + classes { probabilities[place] /= sum }
      }
      for start in stride(from: 0, to: probabilities.count, by: classes) {
        examples += 1
        for row in 0..<classes {
          let own = probabilities[start + row]
          first[row] += own
          // The matrix is symmetric: one half is enough.
          for column in row..<classes {
            second[row * classes + column] += own * probabilities[start + column]
          }
        }
      }
    }
  }

  /// - Parameter sums: of at least one example.
  package init(_ sums: Sums) {
    let classes = sums.classes
    let count = Double(max(1, sums.examples))
    var values = [Double](repeating: 0, count: classes * classes)
    for row in 0..<classes {
      for column in row..<classes {
        let covariance =
          sums.second[row * classes + column] / count - sums.first[row] / count * sums.first[column] / count
        values[row * classes + column] = covariance
        values[column * classes + row] = covariance
      }
    }
    self.values = values
    self.classes = classes
  }

  /// The correlation of two classes; 0 where one has always the same probability.
  func correlation(_ one: Int, _ other: Int) -> Double {
    let variances = values[one * classes + one] * values[other * classes + other]
    return variances > 0 ? values[one * classes + other] / variances.squareRoot() : 0
  }

  /// The columns, as points to be clustered: scaled to correlations, or classes would be told apart by how frequent they
  /// are.
  var columns: [[Double]] { (0..<classes).map { one in (0..<classes).map { correlation($0, one) } } }
}
