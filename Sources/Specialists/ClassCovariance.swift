import Foundation

/// The covariance matrix of a model's class probabilities over a set of images (paper, section 5.3): large for classes
/// that are often predicted together.
///
/// The probabilities are taken at a temperature: a confident net's probabilities at T = 1 are nearly 0 or 1, and their
/// covariance shows little but the frequency of the classes.
package struct ClassCovariance {
  /// [classes, classes], symmetric.
  package let values: [Double]
  /// Number of classes of the model.
  package let classes: Int

  /// Sums over the images.
  package struct Sums: Sendable {
    fileprivate let classes: Int
    fileprivate var examples = 0
    /// [classes]: Σ p_i.
    fileprivate var first: [Double]
    /// [classes, classes]: Σ p_i p_j, upper triangle only.
    fileprivate var second: [Double]

    /// Sums over no images.
    package init(classes: Int) {
      self.classes = classes
      first = [Double](repeating: 0, count: classes)
      second = [Double](repeating: 0, count: classes * classes)
    }

    /// Adds some images.
    ///
    /// - Parameters:
    ///   - logProbabilities: [examples, classes] at T = 1, in nats.
    ///   - temperature: of the probabilities to sum, > 0, no unit.
    package mutating func add(logProbabilities: [Double], temperature: Double) {
      // log p is z minus a constant of the row, so softmax(log p / T) = softmax(z / T): eq. 1 without the logits. No
      // exponent is above 0, and for T of 1 or more the sum is at least 1 / classes: no overflow, no division by 0.
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
          // Upper triangle: the matrix is symmetric, and this loop is the cost, examples × classes² / 2.
          for column in row..<classes {
            second[row * classes + column] += own * probabilities[start + column]
          }
        }
      }
    }
  }

  /// The covariances from the sums.
  ///
  /// - Parameter sums: of at least one example.
  package init(_ sums: Sums) {
    let classes = sums.classes
    let count = Double(max(1, sums.examples))
    var values = [Double](repeating: 0, count: classes * classes)
    for row in 0..<classes {
      for column in row..<classes {
        // E[p_i p_j] - E[p_i] E[p_j] needs one pass only. It cancels, but doubles have enough digits for probabilities.
        let covariance =
          sums.second[row * classes + column] / count - sums.first[row] / count * sums.first[column] / count
        values[row * classes + column] = covariance
        values[column * classes + row] = covariance
      }
    }
    self.values = values
    self.classes = classes
  }

  /// Correlation of two classes, -1 to 1; 0 if the probability of one is constant.
  func correlation(_ one: Int, _ other: Int) -> Double {
    let variances = values[one * classes + one] * values[other * classes + other]
    return variances > 0 ? values[one * classes + other] / variances.squareRoot() : 0
  }

  /// [classes][classes]: the columns as points for clustering. Scaled to correlations, because distances between
  /// covariances would mainly reflect the frequency of the classes.
  var columns: [[Double]] { (0..<classes).map { one in (0..<classes).map { correlation($0, one) } } }
}
