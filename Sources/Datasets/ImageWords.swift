import Foundation

/// What a model file says of the images that it is for, so that it can be used without them.
package struct ImageWords: Equatable, Sendable {
  private static let shapeKey = "image_shape"
  private static let namesKey = "label_names"
  /// Of a side or of the channels, in a file that anybody may have written.
  private static let extents = 1...1 << 24

  /// Nil where the file does not say.
  package let shape: ImageShape?
  /// [classes], as people call them; nil where nobody has named them.
  package let labelNames: [String]?

  /// Those of a set.
  package init(_ images: ImageSet) {
    shape = images.shape
    labelNames = images.labelNames
  }

  /// As a model file keeps them; what does not fit is as if it were not there.
  ///
  /// - Parameters:
  ///   - metadata: of the file.
  ///   - inputs: numbers in an image.
  ///   - classes: of the labels.
  package init(_ metadata: [String: String], inputs: Int, classes: Int) {
    let numbers = metadata[Self.shapeKey]?.split(separator: ",").compactMap { Int($0) } ?? []
    if numbers.count == 3, numbers.allSatisfy(Self.extents.contains),
      // Two of them are multiplied first: all three may be more than a number holds.
      numbers[0] * numbers[1] <= inputs, numbers.reduce(1, *) == inputs
    {
      shape = ImageShape(rows: numbers[0], columns: numbers[1], channels: numbers[2])
    } else {
      shape = nil
    }
    let names = metadata[Self.namesKey].flatMap {
      try? JSONDecoder().decode([String].self, from: Data($0.utf8))
    }
    labelNames = names.flatMap { $0.count == classes ? $0 : nil }
  }

  /// For the file of a model: rows, columns and channels; names as an array of JSON.
  package var metadata: [String: String] {
    var words: [String: String] = [:]
    if let shape { words[Self.shapeKey] = "\(shape.rows),\(shape.columns),\(shape.channels)" }
    if let labelNames, let json = try? JSONEncoder().encode(labelNames) {
      words[Self.namesKey] = String(decoding: json, as: UTF8.self)
    }
    return words
  }
}
