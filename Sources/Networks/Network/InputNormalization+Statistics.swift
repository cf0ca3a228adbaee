import Datasets

extension InputNormalization {
  /// Mean squared distance of a training image from the mean image, for MNIST with pixels in 0 to 1. The usual
  /// learning rates and max-norm limits were found for inputs of this size.
  static let squaredLength = 52.7
  /// Number of inputs that the initialisation of the first layer assumes: that of MNIST, because inputs are scaled to
  /// the squared length of MNIST's images.
  package static let effectiveInputs = 784

  /// Centres features by their means over the training set, and scales them to MNIST's mean squared length.
  ///
  /// - Parameter statistics: of the training set.
  package init(_ statistics: FeatureStatistics) {
    let examples = Double(max(1, statistics.examples))
    let means = statistics.sums.map { $0 / examples }
    let squares = statistics.squares
    // Summed over inputs: E|x - μ|² = E|x|² - |μ|².
    let variance = squares / examples - means.reduce(0.0) { $0 + $1 * $1 }
    // If all images are equal, the difference is rounding error, and dividing by it would amplify noise.
    let scale =
      variance > 1e-9 * squares
      ? (Self.squaredLength / variance).squareRoot() : Double(statistics.element.scale)
    // Background pixels must become exactly zero to be skipped, so the background is subtracted instead of the mean;
    // the mean example adds the difference.
    if let background = statistics.background {
      let references = [Float](repeating: background, count: means.count)
      self.init(scale: Float(scale), references: references, means: means)
    } else {
      // Dense images have no zeros to keep, so the mean itself is the reference. Its rounded values serve as the
      // means too: their difference, and so the mean example, is then exactly zero.
      let references = means.map { Float($0) }
      self.init(scale: Float(scale), references: references, means: references.map { Double($0) })
    }
  }
}
