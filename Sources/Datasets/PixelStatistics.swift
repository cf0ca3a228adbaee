/// What a training set says of its pixels and labels: counts, so that they are exact and the same for any number of
/// threads.
package struct PixelStatistics: Equatable, Sendable {
  /// Examples that were counted.
  package private(set) var examples = 0
  /// [inputs]: of each pixel over the examples.
  package private(set) var sums: [UInt64]
  /// Of all pixels.
  package private(set) var histogram = PixelHistogram()
  /// [outputs]: examples of each; all 0 without labels.
  package private(set) var examplesPerOutput: [Int]

  /// Nothing counted.
  ///
  /// - Parameters:
  ///   - inputs: pixels of an example.
  ///   - outputs: of the net.
  package init(inputs: Int, outputs: Int) {
    sums = [UInt64](repeating: 0, count: inputs)
    examplesPerOutput = [Int](repeating: 0, count: outputs)
  }

  /// Counts examples.
  ///
  /// - Parameters:
  ///   - images: [examples, inputs].
  ///   - labels: [examples], each below the number of outputs; nil without.
  package mutating func add(_ images: [UInt8], labels: [UInt32]?) {
    let inputs = sums.count
    let count = images.count / inputs
    examples += count
    images.withUnsafeBufferPointer { images in
      sums.withUnsafeMutableBufferPointer { sums in
        for start in stride(from: 0, to: count * inputs, by: inputs) {
          for input in 0..<inputs { sums[input] += UInt64(images[start + input]) }
        }
      }
    }
    histogram.add(images)
    for label in labels ?? [] { examplesPerOutput[Int(label)] += 1 }
  }

  /// Adds what was counted elsewhere.
  package mutating func add(_ other: PixelStatistics) {
    examples += other.examples
    for index in sums.indices { sums[index] += other.sums[index] }
    histogram.add(other.histogram)
    for index in examplesPerOutput.indices { examplesPerOutput[index] += other.examplesPerOutput[index] }
  }
}
