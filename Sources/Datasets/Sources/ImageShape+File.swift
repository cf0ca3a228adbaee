/// The image shape in a model file, so that the model can be used without the training images.
extension ImageShape {
  private static let key = "image_shape"
  /// Valid extents, because the file may come from anywhere.
  private static let extents = 1...1 << 24

  /// Metadata for a model file: rows, columns and channels.
  package var metadata: [String: String] { [Self.key: "\(rows),\(columns),\(channels)"] }

  /// Reads the shape from a model file; nil if it is missing or does not fit.
  ///
  /// - Parameters:
  ///   - metadata: of the file.
  ///   - inputs: numbers in an image.
  package init?(_ metadata: [String: String], inputs: Int) {
    let numbers = metadata[Self.key]?.split(separator: ",").compactMap { Int($0) } ?? []
    guard numbers.count == 3, numbers.allSatisfy(Self.extents.contains),
      // Two extents first: their product is at most 2^48, whereas the product of all three may overflow.
      numbers[0] * numbers[1] <= inputs, numbers.reduce(1, *) == inputs
    else { return nil }
    self.init(rows: numbers[0], columns: numbers[1], channels: numbers[2])
  }
}
