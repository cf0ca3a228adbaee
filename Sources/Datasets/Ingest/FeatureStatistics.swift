import Storage

/// Statistics of a set's features and labels, which a training needs for centring and scaling.
///
/// Sums of pixels are integers below 2^53, so they are exact in any order. Sums of floats must be added in a fixed
/// order.
package struct FeatureStatistics: Equatable, Sendable {
  /// Share of zeros from which floats count as sparse, with zero as the background.
  private static let backgroundShare = 0.25

  /// Type of a number.
  package let element: Features.Element
  /// Number of examples counted.
  package private(set) var examples = 0
  /// [inputs], sum of each input over the examples.
  package private(set) var sums: [Double]
  /// Histogram of the pixel values; nil for floats.
  package private(set) var histogram: PixelHistogram?
  /// Sum of squares over all floats; for pixels the histogram gives it.
  private var squareSum = 0.0
  /// Number of zeros among the floats.
  private var zeros = 0
  /// [classes], number of examples of each class; all 0 without labels.
  package private(set) var examplesPerClass: [Int]

  /// Starts with nothing counted.
  ///
  /// - Parameters:
  ///   - inputs: numbers in an example.
  ///   - classes: number of classes of the labels.
  ///   - element: type of a number.
  package init(inputs: Int, classes: Int, element: Features.Element = .u8) {
    self.element = element
    sums = [Double](repeating: 0, count: inputs)
    histogram = element == .u8 ? PixelHistogram() : nil
    examplesPerClass = [Int](repeating: 0, count: classes)
  }

  /// Sum of squares over all numbers.
  package var squares: Double { histogram?.squares ?? squareSum }

  /// The value of the background, if enough numbers have it: 0 for bright digits on black, 255 for dark digits on
  /// white, 0 for sparse vectors; nil for photographs and dense vectors.
  package var background: Float? {
    if let histogram { return histogram.background.map { Float($0) } }
    return Double(zeros) >= Self.backgroundShare * Double(examples * sums.count) && zeros > 0 ? 0 : nil
  }

  /// Counts examples.
  ///
  /// - Parameters:
  ///   - features: of this element and number of inputs.
  ///   - labels: [examples], each below the number of classes; nil without labels.
  package mutating func add(_ features: Features, labels: [UInt32]?) {
    precondition(features.element == element && features.shape.count == sums.count, "other features")
    examples += features.count
    if element == .u8 { add(pixels: features.bytes) } else { add(features.floats) }
    for label in labels ?? [] { examplesPerClass[Int(label)] += 1 }
  }

  /// Adds bytes, [examples, inputs].
  private mutating func add(pixels: [UInt8]) {
    let inputs = sums.count
    // 257 · 255 = 2^16 - 1: the sum of 256 rows fits in 16 bits, so a vector register of 128 bits adds eight inputs
    // at a time.
    for block in stride(from: 0, to: pixels.count, by: 256 * inputs) {
      let rows = min(256, (pixels.count - block) / inputs)
      var own = [UInt16](repeating: 0, count: inputs)
      pixels.withUnsafeBufferPointer { pixels in
        own.withUnsafeMutableBufferPointer { own in
          // Wrapping operators and raw buffers: overflow and bounds checks would prevent vectorisation.
          for row in 0..<rows {
            let start = block &+ row &* inputs
            for input in 0..<inputs { own[input] &+= UInt16(truncatingIfNeeded: pixels[start &+ input]) }
          }
        }
      }
      for input in 0..<inputs { sums[input] += Double(own[input]) }
    }
    histogram?.add(pixels)
  }

  /// Adds floats, [examples, inputs].
  private mutating func add(_ numbers: [Float]) {
    for (place, number) in numbers.enumerated() {
      sums[place % sums.count] += Double(number)
      squareSum += Double(number) * Double(number)
      zeros += number == 0 ? 1 : 0
    }
  }

  /// Whether other statistics have the same element type, number of inputs and number of classes.
  package func canAdd(_ other: FeatureStatistics) -> Bool {
    other.element == element && other.sums.count == sums.count
      && other.examplesPerClass.count == examplesPerClass.count
  }

  /// Adds statistics that were counted elsewhere.
  package mutating func add(_ other: FeatureStatistics) {
    precondition(canAdd(other), "statistics of other features")
    examples += other.examples
    for index in sums.indices { sums[index] += other.sums[index] }
    if let counts = other.histogram { histogram?.add(counts) }
    squareSum += other.squareSum
    zeros += other.zeros
    for index in examplesPerClass.indices { examplesPerClass[index] += other.examplesPerClass[index] }
  }

  /// The same statistics with other class numbers.
  ///
  /// - Parameters:
  ///   - table: [classes], the new number of each class.
  ///   - classes: number of new classes.
  /// - Returns: a copy.
  func relabelled(_ table: [UInt32], classes: Int) -> FeatureStatistics {
    var moved = self
    moved.examplesPerClass = [Int](repeating: 0, count: classes)
    for (label, count) in examplesPerClass.enumerated() { moved.examplesPerClass[Int(table[label])] += count }
    return moved
  }
}

/// Statistics as tensors, in a file of their own or beside other tensors.
extension FeatureStatistics {
  private static let elementKey = "element"

  /// Adds the statistics to a file.
  ///
  /// - Parameters:
  ///   - writer: of the file.
  ///   - prefix: of the tensor names.
  package func write(to writer: inout SafetensorsWriter, prefix: String = "") {
    writer.metadata[prefix + Self.elementKey] = element.rawValue
    writer.add(prefix + "sums", sums, shape: [sums.count])
    writer.add(
      prefix + "examples_per_class", examplesPerClass.map { UInt64($0) }, shape: [examplesPerClass.count])
    // [examples, zeros].
    writer.add(prefix + "counts", [UInt64(examples), UInt64(zeros)], shape: [2])
    if let histogram { writer.add(prefix + "histogram", histogram.counts, shape: [256]) }
    writer.add(prefix + "squares", [squareSum], shape: [1])
  }

  /// Reads statistics that `write` has written.
  ///
  /// - Parameters:
  ///   - file: with the tensors.
  ///   - prefix: of the tensor names.
  /// - Throws: `StorageError` for tensors of other types or shapes, and for impossible numbers.
  package init(_ file: Safetensors, prefix: String = "") throws {
    guard let element = file.metadata[prefix + Self.elementKey].flatMap(Features.Element.init) else {
      throw StorageError.malformed(path: file.path, reason: "statistics of no known element")
    }
    self.element = element
    sums = try file.elements(prefix + "sums", as: Double.self, shape: [nil])
    let counts = try file.integers(prefix + "counts", shape: [2])
    let values = element == .u8 ? try file.integers(prefix + "histogram", shape: [256]) : []
    squareSum = try file.elements(prefix + "squares", as: Double.self, shape: [1])[0]
    examplesPerClass = try file.integers(prefix + "examples_per_class", shape: [nil])
    (examples, zeros) = (counts[0], counts[1])
    // Counted down, so that no sum can overflow: labels must not outnumber the examples.
    var unlabelled = examples
    let areLabelsPossible = examplesPerClass.allSatisfy { count in
      guard (0...max(0, unlabelled)).contains(count) else { return false }
      unlabelled -= count
      return true
    }
    // Counts up to 2^48 keep later sums of several files within 64 bits.
    guard sums.allSatisfy(\.isFinite), squareSum.isFinite, !sums.isEmpty, areLabelsPossible,
      (counts + values).allSatisfy({ (0...1 << 48).contains($0) })
    else { throw StorageError.malformed(path: file.path, reason: "statistics with impossible numbers") }
    histogram = values.isEmpty ? nil : PixelHistogram(counts: values.map { UInt64($0) })
  }
}
