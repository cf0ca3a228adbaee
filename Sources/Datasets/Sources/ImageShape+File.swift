/// What a model file says of the images that it is for, so that it can be used without them.
extension ImageShape {
  private static let key = "image_shape"
  /// Of a side or of the channels, in a file that anybody may have written.
  private static let extents = 1...1 << 24

  /// For the metadata of a model file: rows, columns and channels.
  package var metadata: [String: String] { [Self.key: "\(rows),\(columns),\(channels)"] }

  /// As a model file keeps it; nil where it does not say, or what does not fit.
  ///
  /// - Parameters:
  ///   - metadata: of the file.
  ///   - inputs: numbers in an image.
  package init?(_ metadata: [String: String], inputs: Int) {
    let numbers = metadata[Self.key]?.split(separator: ",").compactMap { Int($0) } ?? []
    guard numbers.count == 3, numbers.allSatisfy(Self.extents.contains),
      // Two of them are multiplied first: all three may be more than a number holds.
      numbers[0] * numbers[1] <= inputs, numbers.reduce(1, *) == inputs
    else { return nil }
    self.init(rows: numbers[0], columns: numbers[1], channels: numbers[2])
  }
}
