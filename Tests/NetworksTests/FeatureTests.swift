import Datasets
import Foundation
import Machine
import Networks
import Stage
import Storage
import TestSupport
import Testing
import Training

/// Numbers of other types than pixels, from a shard to the weights: they hold the same values here, so every bit of what is
/// made of them has to be the same.
@Suite struct FeatureTests {
  private static let (count, width) = (90, 70)
  private static let labels = (0..<count).map { UInt32($0 % 3) }
  private static let pixels = (0..<count * width).map {
    $0 % 3 == 0 ? UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) : 0
  }

  private static func features(_ element: Features.Element) -> Features {
    let shape = ImageShape(rows: 1, columns: width)
    switch element {
    case .u8: return Features(pixels, shape: shape)
    case .f16:
      // Whole numbers up to 255 are exact in 16 bits.
      return Features(
        pixels.map { Float16($0) }.withUnsafeBytes { Array($0) }, shape: shape, element: .f16)
    case .f32: return Features(pixels.map { Float($0) }, width: width)
    }
  }

  /// A directory of three shards, as a stage for vectors would write it.
  private func set(_ element: Features.Element, in space: ImageSpace) throws -> ImageSet {
    let (features, source) = (Self.features(element), Digest(of: [1]))
    let shards = stride(from: 0, to: Self.count, by: 30).map { start in
      ImageShard(
        features.rows(start..<start + 30), labels: Array(Self.labels[start..<start + 30]),
        origins: RowOrigins(source: source, indices: (start..<start + 30).map { UInt32($0) }))
    }
    let path = try space.forge(
      "set-\(element)", kind: .images, parameters: ["dtype": JSONValue(element.rawValue)],
      counts: ["classes": 3, "rows": 1, "columns": Self.width, "channels": 1, "labelled": 1],
      sources: [source],
      shards: shards.enumerated().map { (ShardFile.name($0), $1.content(classes: 3)) })
    return try ImageSet(path)
  }

  /// What three epochs make of a set: weights, and the logits of the net that is saved.
  private func train(_ set: ImageSet) throws -> (weights: [Float], logits: [Float]) {
    // Two windows, so that shards are mixed.
    let bytes = set.shape.count * 60 * (set.element == .u8 ? 1 : set.element == .f16 ? 2 : 4)
    let stream = try ExampleStream(images: set, softTargets: nil, seed: 4, windowBytes: bytes)
    #expect(stream.windowCount(epoch: 0) == 2)
    let normalization = InputNormalization(try stream.statistics(threads: 2))
    let architecture = Architecture(sizes: [Self.width, 40, 3])
    let team = ThreadTeam(threads: 2)
    defer { team.stop() }
    let step = TrainingStep(
      network: Network(architecture, seed: 2, inputScale: normalization.scale), objective: HardTargetLoss(),
      options: StepOptions(optimizer: .sgd(momentum: 0.9), inputDropout: 0.2), capacity: 16,
      normalization: normalization, team: team)
    for epoch in 0..<3 {
      for number in 0..<2 {
        let window = try stream.load(epoch: epoch, window: number)
        for range in ExampleStream.batches(examples: window.order.count, batchSize: 16) {
          step.advance(
            on: Batch(
              features: window.features, labels: window.labels, targets: nil, rows: window.order[range],
              epoch: epoch, firstExample: number * 60 + range.lowerBound), learningRate: 0.05)
        }
      }
    }
    let saved = Network(folding: step.network.parameters, architecture, normalization, inputScale: 1)
    return (step.network.parameters.elements, saved.logits(Self.features(set.element)))
  }

  @Test(arguments: [Features.Element.f16, .f32])
  func `Floats of the same values make the same net as pixels, to the bit`(element: Features.Element) throws {
    let space = try ImageSpace()
    let (own, pixels) = (try set(element, in: space), try set(.u8, in: space))
    #expect(own.element == element && own.shape == pixels.shape)
    #expect(try own.read(own.shards[1]).features == Self.features(element).rows(30..<60))
    let (found, expected) = (try train(own), try train(pixels))
    #expect(found.weights.map(\.bitPattern) == expected.weights.map(\.bitPattern))
    #expect(found.logits.map(\.bitPattern) == expected.logits.map(\.bitPattern))
    #expect(found.logits.contains { $0 != found.logits[0] })
  }

  @Test(arguments: Features.Element.allCases)
  func `Statistics are those of the numbers`(element: Features.Element) {
    let features = Self.features(element)
    var statistics = FeatureStatistics(inputs: Self.width, classes: 3, element: element)
    statistics.add(features, labels: Self.labels)
    #expect(features.floats == Self.pixels.map { Float($0) })
    for input in 0..<Self.width {
      let sum = (0..<Self.count).reduce(0.0) { $0 + Double(Self.pixels[$1 * Self.width + input]) }
      #expect(statistics.sums[input] == sum)
    }
    #expect(statistics.squares == Self.pixels.reduce(0.0) { $0 + Double($1) * Double($1) })
    #expect(statistics.background == 0 && statistics.examplesPerClass == [30, 30, 30])
  }

  @Test func `A net's hidden layer is what its lower layers give`() throws {
    let network = Network(Architecture(sizes: [Self.width, 150, 3]), seed: 1)
    let features = Self.features(.u8)
    let hidden = try #require(network.hidden(features))
    let lower = Network(Architecture(sizes: [Self.width, 150]))
    let (own, other) = (lower.architecture.layers[0], network.architecture.layers[0])
    lower.parameters.set(
      own, weights: network.parameters.weights(other), biases: network.parameters.biases(other))
    #expect(hidden == lower.logits(features).map { max(0, $0) })
    #expect(Network(Architecture(sizes: [Self.width, 3])).hidden(features) == nil)
  }
}
