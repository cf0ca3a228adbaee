import Datasets
import Networks
import TestSupport
import Testing

/// What a training makes of its set's statistics.
@Suite struct PixelNormalizationTests {
  private static func statistics(_ images: [UInt8], inputs: Int) -> FeatureStatistics {
    var statistics = FeatureStatistics(inputs: inputs, classes: 2)
    statistics.add(Features(pixels: images, width: inputs), labels: nil)
    return statistics
  }

  /// Three images of 64 pixels, three quarters of them `background`.
  private static func images(background: UInt8, other: (Int) -> UInt8) -> [UInt8] {
    (0..<192).map { $0 % 4 == 0 ? other($0) : background }
  }

  /// Average over the images of their squared distance from the mean image, as the net sees it.
  private static func squaredLength(_ images: [UInt8], inputs: Int, _ scale: Float) -> Double {
    let count = images.count / inputs
    return (0..<inputs).reduce(0.0) { sum, input in
      let pixels = (0..<count).map { Double(images[$0 * inputs + input]) }
      let mean = pixels.reduce(0, +) / Double(count)
      return sum + pixels.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    } * Double(scale) * Double(scale)
  }

  @Test func `Images of any brightness and size come to one length`() {
    let sets: [([UInt8], Int)] = [
      (Self.images(background: 0) { UInt8($0) }, 64), (Self.images(background: 255) { UInt8($0) }, 64),
      (Self.images(background: 100) { UInt8(100 + $0 % 7) }, 64),
      ((0..<3000).map { UInt8($0 * 37 % 251) }, 1000),
    ]
    for (images, inputs) in sets {
      let normalization = InputNormalization(Self.statistics(images, inputs: inputs))
      #expect(abs(Self.squaredLength(images, inputs: inputs, normalization.scale) - 52.7) < 1e-3)
    }
  }

  @Test func `The background is what most pixels show, and where none is the mean`() {
    for background: UInt8 in [0, 255, 31] {
      let statistics = Self.statistics(Self.images(background: background) { UInt8($0) }, inputs: 64)
      #expect(InputNormalization(statistics).references == [Float](repeating: Float(background), count: 64))
    }
    let dense = Self.statistics((0..<3000).map { UInt8($0 * 37 % 251) }, inputs: 1000)
    let normalization = InputNormalization(dense)
    #expect(zip(normalization.references, dense.sums).allSatisfy { $0 == Float($1 / 3) })
    #expect(normalization.offsets.allSatisfy { $0 == 0 })
  }

  @Test func `Of images that are all alike nothing is left, and the scale is that of pixels`() {
    let normalization = InputNormalization(Self.statistics([UInt8](repeating: 9, count: 40), inputs: 10))
    #expect(normalization.scale == Network.inputScale && normalization.offsets.allSatisfy { $0 == 0 })
  }
}
