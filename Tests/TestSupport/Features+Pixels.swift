import Datasets

extension Features {
  /// Flat images.
  ///
  /// - Parameters:
  ///   - pixels: [examples, width].
  ///   - width: pixels of an image.
  package init(pixels: [UInt8], width: Int) {
    self.init(pixels, shape: ImageShape(rows: 1, columns: width))
  }
}
