import Storage

/// What a set says of its features and labels, added up so that a training can centre and scale them.
///
/// Of pixels all sums are whole numbers below 2^53, so they are exact, and the same in any order; floats have to be added
/// in a fixed one.
package struct FeatureStatistics: Equatable, Sendable {
  /// Share of the floats that have to be zero for zero to be the background.
  private static let backgroundShare = 0.25

  /// What a number is.
  package let element: Features.Element
  /// Examples that were counted.
  package private(set) var examples = 0
  /// [inputs]: of each number over the examples.
  package private(set) var sums: [Double]
  /// How often pixels have each value; nil of floats.
  package private(set) var histogram: PixelHistogram?
  /// Sum of the squares of all numbers, of floats; pixels have them in the histogram.
  private var squareSum = 0.0
  /// Numbers that are zero, of floats.
  private var zeros = 0
  /// [classes]: examples of each; all 0 without labels.
  package private(set) var examplesPerClass: [Int]

  /// Nothing counted.
  ///
  /// - Parameters:
  ///   - inputs: numbers in an example.
  ///   - classes: of the labels.
  ///   - element: what a number is.
  package init(inputs: Int, classes: Int, element: Features.Element = .u8) {
    self.element = element
    sums = [Double](repeating: 0, count: inputs)
    histogram = element == .u8 ? PixelHistogram() : nil
    examplesPerClass = [Int](repeating: 0, count: classes)
  }

  /// Sum of the squares of all numbers.
  package var squares: Double { histogram?.squares ?? squareSum }

  /// The value of numbers that say nothing, if many have it: 0 of bright digits on black and 255 of dark ones on white;
  /// 0 of sparse vectors; nil of photographs.
  package var background: Float? {
    if let histogram { return histogram.background.map { Float($0) } }
    return Double(zeros) >= Self.backgroundShare * Double(examples * sums.count) && zeros > 0 ? 0 : nil
  }

  /// Counts examples.
  ///
  /// - Parameters:
  ///   - features: of this element and as many inputs.
  ///   - labels: [examples], each below the number of classes; nil without.
  package mutating func add(_ features: Features, labels: [UInt32]?) {
    precondition(features.element == element && features.shape.count == sums.count, "other features")
    examples += features.count
    if element == .u8 { add(pixels: features.bytes) } else { add(features.floats) }
    for label in labels ?? [] { examplesPerClass[Int(label)] += 1 }
  }

  private mutating func add(pixels: [UInt8]) {
    let inputs = sums.count
    // 16 bits hold the sums of 257 rows, and are added eight at a time.
    for block in stride(from: 0, to: pixels.count, by: 256 * inputs) {
      let rows = min(256, (pixels.count - block) / inputs)
      var own = [UInt16](repeating: 0, count: inputs)
      pixels.withUnsafeBufferPointer { pixels in
        own.withUnsafeMutableBufferPointer { own in
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

  private mutating func add(_ numbers: [Float]) {
    for (place, number) in numbers.enumerated() {
      sums[place % sums.count] += Double(number)
      squareSum += Double(number) * Double(number)
      zeros += number == 0 ? 1 : 0
    }
  }

  /// Whether others are of features of the same type and size, and of as many classes.
  package func canAdd(_ other: FeatureStatistics) -> Bool {
    other.element == element && other.sums.count == sums.count
      && other.examplesPerClass.count == examplesPerClass.count
  }

  /// Adds what was counted elsewhere.
  package mutating func add(_ other: FeatureStatistics) {
    precondition(canAdd(other), "statistics of other features")
    examples += other.examples
    for index in sums.indices { sums[index] += other.sums[index] }
    if let counts = other.histogram { histogram?.add(counts) }
    squareSum += other.squareSum
    zeros += other.zeros
    for index in examplesPerClass.indices { examplesPerClass[index] += other.examplesPerClass[index] }
  }

  /// The same with the classes of another order.
  func relabelled(_ table: [UInt32], classes: Int) -> FeatureStatistics {
    var moved = self
    moved.examplesPerClass = [Int](repeating: 0, count: classes)
    for (label, count) in examplesPerClass.enumerated() { moved.examplesPerClass[Int(table[label])] += count }
    return moved
  }
}

/// Statistics as tensors, in a file of their own or beside others.
extension FeatureStatistics {
  private static let elementKey = "element"

  /// Adds them to a file in the making.
  ///
  /// - Parameters:
  ///   - writer: of the file.
  ///   - prefix: of the tensors' names.
  package func write(to writer: inout SafetensorsWriter, prefix: String = "") {
    writer.metadata[prefix + Self.elementKey] = element.rawValue
    writer.add(prefix + "sums", sums, shape: [sums.count])
    writer.add(
      prefix + "examples_per_class", examplesPerClass.map { UInt64($0) }, shape: [examplesPerClass.count])
    writer.add(prefix + "counts", [UInt64(examples), UInt64(zeros)], shape: [2])
    if let histogram { writer.add(prefix + "histogram", histogram.counts, shape: [256]) }
    writer.add(prefix + "squares", [squareSum], shape: [1])
  }

  /// Reads what `write` has written.
  ///
  /// - Parameters:
  ///   - file: with the tensors.
  ///   - prefix: of their names.
  /// - Throws: `StorageError` for tensors of other types and shapes, and numbers that cannot be.
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
    // In bounds of which no sum overflows, and no more labels than examples.
    var unlabelled = examples
    let areLabelsPossible = examplesPerClass.allSatisfy { count in
      guard (0...max(0, unlabelled)).contains(count) else { return false }
      unlabelled -= count
      return true
    }
    guard sums.allSatisfy(\.isFinite), squareSum.isFinite, !sums.isEmpty, areLabelsPossible,
      (counts + values).allSatisfy({ (0...1 << 48).contains($0) })
    else { throw StorageError.malformed(path: file.path, reason: "statistics with impossible numbers") }
    histogram = values.isEmpty ? nil : PixelHistogram(counts: values.map { UInt64($0) })
  }
}
