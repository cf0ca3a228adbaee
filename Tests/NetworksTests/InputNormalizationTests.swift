import Foundation
import Machine
import Networks
import Storage
import TestSupport
import Testing
import Training

/// Steps on centred and scaled pixels against numbers that PyTorch made in double precision (`Tests/Reference`).
@Suite struct InputNormalizationTests {
  /// What pixels are read against: where most are skipped, and where none is.
  enum Background: CaseIterable {
    case black, white, mean
  }

  private let reference: ReferenceStep
  private let targets: [Float]
  private let means: [Float]
  private let scale: Float

  init() throws {
    reference = try ReferenceStep()
    targets = try reference.fixture.floats("teacher_probabilities.4", shape: [6, 5])
    means = try reference.fixture.floats("normalized.means", shape: [12])
    scale = try reference.fixture.floats("normalized.scale", shape: [1])[0]
  }

  private func normalization(_ background: Background) -> InputNormalization {
    let references =
      switch background {
      case .black: [Float](repeating: 0, count: 12)
      case .white: [Float](repeating: 255, count: 12)
      case .mean: means
      }
    return InputNormalization(scale: scale, references: references, means: means.map { Double($0) })
  }

  private func step(_ network: Network, _ options: StepOptions, _ background: Background) -> TrainingStep {
    TrainingStep(
      network: network, objective: SoftTargetLoss(temperature: 4, hardWeight: 0), options: options,
      capacity: 6,
      normalization: normalization(background), team: ThreadTeam(threads: 1))
  }

  @Test(arguments: Background.allCases)
  func `The gradient by centred pixels is PyTorch's`(background: Background) throws {
    let network = try reference.network(inputScale: scale)
    let step = step(network, StepOptions(optimizer: .sgd(momentum: 0)), background)
    let report = step.advance(on: reference.batch(targets: targets), learningRate: 0)
    #expect(try reference.difference(step.optimizerState[0], "normalized.gradient.", network) < 1e-5)
    // Of all weights, without the biases.
    let squared = try network.architecture.layers.indices.reduce(0.0) { sum, index in
      let layer = network.architecture.layers[index]
      return try reference.fixture.floats(
        "normalized.gradient.layers.\(index).weight", shape: [layer.outputs, layer.inputs]
      ).reduce(sum) { $0 + Double($1 * $1) }
    }
    #expect(abs(report.squaredGradient - squared) < 1e-4 * squared)
  }

  @Test(arguments: Background.allCases)
  func `Three steps of momentum and max-norm on centred pixels are PyTorch's`(background: Background) throws {
    let network = try reference.network(inputScale: scale)
    let step = step(network, StepOptions(optimizer: .sgd(momentum: 0.9), maxNorm: 0.8), background)
    for _ in 0..<3 { step.advance(on: reference.batch(targets: targets), learningRate: 0.1) }
    #expect(try reference.difference(network.parameters, "normalized.sgd.", network) < 1e-5)
  }

  @Test func `A net that reads raw pixels gives the logits of the one that was trained, and back`() throws {
    let network = try reference.network(inputScale: scale)
    let normalization = normalization(.mean)
    let folded = Network(folding: network.parameters, network.architecture, normalization)
    #expect(folded.inputScale == Network.inputScale)
    let expected = try reference.fixture.floats("normalized.logits", shape: [6, 5])
    for (first, second) in zip(expected, folded.logits(reference.features)) {
      #expect(abs(first - second) < 1e-5)
    }
    let back = folded.unfolded(normalization)
    #expect(back.inputScale == scale)
    for (first, second) in zip(back.parameters.elements, network.parameters.elements) {
      #expect(abs(first - second) < 1e-6)
    }
  }

  /// The weights of a net without hidden layers need the sums that the step of its biases makes.
  @Test(arguments: Background.allCases)
  func `Nets without hidden layers see centred pixels too, in batches of any size`(background: Background)
    throws
  {
    let network = Network(Architecture(sizes: [12, 5]), seed: 3)
    let step = step(network, StepOptions(optimizer: .sgd(momentum: 0)), background)
    for rows: Range<UInt32> in [0..<6, 2..<3, 1..<6] {
      let before = network.parameters.elements
      step.advance(on: reference.batch(rows, targets: targets), learningRate: 0)
      let layer = network.architecture.layers[0]
      let (weights, biases) = (step.optimizerState[0].weights(layer), step.optimizerState[0].biases(layer))
      #expect(network.parameters.elements == before)
      // Both gradients are sums over the same δ: check each weight's by δ worked out from the logits.
      let folded = Network(folding: network.parameters, network.architecture, normalization(background))
      let logits = folded.logits(reference.features)
      var expected = [Double](repeating: 0, count: 60)
      var expectedBiases = [Double](repeating: 0, count: 5)
      for row in rows.map({ Int($0) }) {
        let q = softmax(logits[row * 5..<row * 5 + 5].map { Double($0) / 4 })
        for output in 0..<5 {
          let delta = 4 * (q[output] - Double(targets[row * 5 + output])) / Double(rows.count)
          expectedBiases[output] += delta
          for input in 0..<12 {
            expected[output * 12 + input] +=
              delta * Double(scale) * (Double(reference.pixels[row * 12 + input]) - Double(means[input]))
          }
        }
      }
      for (first, second) in zip(expected, weights) { #expect(abs(first - Double(second)) < 1e-5) }
      for (first, second) in zip(expectedBiases, biases) { #expect(abs(first - Double(second)) < 1e-5) }
    }
  }

  private func softmax(_ values: [Double]) -> [Double] {
    let powers = values.map { exp($0 - (values.max() ?? 0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }
}
