import Datasets

extension InputNormalization {
  /// Squared distance of an image from the mean image, on average over the training set: that of MNIST with pixels of
  /// 0 to 1, for which the field's learning rates and limits of norms were found.
  static let squaredLength = 52.7
  /// As how many inputs those of a net count when its first weights are drawn: of images of that length, those of
  /// MNIST.
  package static let effectiveInputs = 784

  /// Centres features by their means over the training set, and scales examples to one length.
  ///
  /// - Parameter statistics: of the training set.
  package init(_ statistics: FeatureStatistics) {
    let examples = Double(max(1, statistics.examples))
    let means = statistics.sums.map { $0 / examples }
    let squares = statistics.squares
    // Of images that are all alike nothing is left to scale.
    let variance = squares / examples - means.reduce(0.0) { $0 + $1 * $1 }
    let scale =
      variance > 1e-9 * squares
      ? (Self.squaredLength / variance).squareRoot() : Double(statistics.element.scale)
    if let background = statistics.background {
      let references = [Float](repeating: background, count: means.count)
      self.init(scale: Float(scale), references: references, means: means)
    } else {
      // Of dense images no pixel is skipped, so the mean is as good as any other: nothing is left for the mean example.
      let references = means.map { Float($0) }
      self.init(scale: Float(scale), references: references, means: references.map { Double($0) })
    }
  }
}
