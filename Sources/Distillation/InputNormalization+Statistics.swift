import Datasets
import Networks

extension InputNormalization {
  /// Squared distance of an image from the mean image, on average over the training set: that of MNIST with pixels of
  /// 0 to 1, for which the field's learning rates and limits of norms were found.
  static let squaredLength = 52.7
  /// As how many inputs those of a net count when its first weights are drawn: of images of that length, those of
  /// MNIST.
  static let effectiveInputs = 784
  /// Share of the pixels that one value must have for it to be the background.
  private static let backgroundShare = 0.25

  /// Centres pixels by their means over the training set, and scales images to one length.
  ///
  /// - Parameter statistics: of the training set.
  package init(_ statistics: PixelStatistics) {
    let examples = Double(max(1, statistics.examples))
    let means = statistics.sums.map { Double($0) / examples }
    let squares = statistics.histogram.enumerated().reduce(0.0) {
      $0 + Double($1.offset * $1.offset) * Double($1.element)
    }
    // Of images that are all alike nothing is left to scale.
    let variance = squares / examples - means.reduce(0.0) { $0 + $1 * $1 }
    let scale =
      variance > 1e-9 * squares ? (Self.squaredLength / variance).squareRoot() : Double(Network.inputScale)
    let pixels = statistics.histogram.reduce(0, +)
    let background =
      statistics.histogram.indices.max { statistics.histogram[$0] < statistics.histogram[$1] } ?? 0
    let isSparse = Double(statistics.histogram[background]) >= Self.backgroundShare * Double(pixels)
    // Of dense images no pixel is skipped, so the mean is as good as any other: nothing is left for the mean example.
    let references =
      isSparse ? [Float](repeating: Float(background), count: means.count) : means.map { Float($0) }
    self.init(
      scale: Float(scale), references: references, means: isSparse ? means : references.map { Double($0) })
  }
}
