import Datasets
import Foundation
import Machine
import Networks
import Storage
import TestSupport
import Testing
import Training

/// The training step against numbers that PyTorch made in double precision (`Tests/Reference`).
@Suite struct TrainingStepTests {
  private let reference: ReferenceStep

  init() throws { reference = try ReferenceStep() }

  private func step(
    _ network: Network, _ objective: any Objective, _ options: StepOptions, threads: Int = 1
  ) -> TrainingStep {
    TrainingStep(
      network: network, objective: objective, options: options, capacity: 8,
      team: ThreadTeam(threads: threads))
  }

  private func advance(_ step: TrainingStep, targets: [Float]?, rate: Float) -> Double {
    step.advance(on: reference.batch(targets: targets), learningRate: rate).loss
  }

  private func targets(_ name: String) throws -> [Float]? {
    switch name {
    case "soft_T4": try reference.fixture.floats("teacher_probabilities.4", shape: [6, 5])
    case "mixed_T20_w0.1": try reference.fixture.floats("teacher_probabilities.20", shape: [6, 5])
    case "logits": try reference.fixture.floats("teacher_logits", shape: [6, 5])
    default: nil
    }
  }

  private static func objective(_ name: String) -> any Objective {
    switch name {
    case "soft_T4": SoftTargetLoss(temperature: 4, hardWeight: 0)
    case "mixed_T20_w0.1": SoftTargetLoss(temperature: 20, hardWeight: 0.1)
    case "logits": LogitLoss(hardWeight: 0)
    default: HardTargetLoss()
    }
  }

  @Test func `Logits are PyTorch's`() throws {
    let expected = try reference.fixture.floats("logits", shape: [6, 5])
    for (first, second) in zip(expected, try reference.network().logits(reference.features)) {
      #expect(abs(first - second) < 1e-5)
    }
  }

  @Test(arguments: ["hard", "soft_T4", "mixed_T20_w0.1", "logits"])
  func `Loss and gradients of every layer are PyTorch's`(name: String) throws {
    let network = try reference.network()
    let step = step(network, Self.objective(name), StepOptions(optimizer: .sgd(momentum: 0)))
    let loss = advance(step, targets: try targets(name), rate: 0) / 6
    let expected = Double(try reference.fixture.floats("loss.\(name)", shape: [1])[0])
    #expect(abs(loss - expected) < 1e-5 * max(1, abs(expected)))
    // Without momentum the velocity is the gradient.
    #expect(try reference.difference(step.optimizerState[0], "gradient.\(name).", network) < 1e-5)
  }

  @Test(arguments: ["hard", "soft_T4", "mixed_T20_w0.1", "logits"])
  func `Gradients of every layer agree with finite differences`(name: String) throws {
    let network = try reference.network()
    let step = step(network, Self.objective(name), StepOptions(optimizer: .sgd(momentum: 0)))
    let targets = try targets(name)
    _ = advance(step, targets: targets, rate: 0)
    let gradient = step.optimizerState[0].elements
    let scale = gradient.map(abs).max() ?? 1
    let width: Float = 1e-2
    for layer in network.architecture.layers {
      let weights = (0..<layer.outputs * layer.inputs).filter { $0 % 5 == 0 }.map {
        layer.weight(output: $0 / layer.inputs, input: $0 % layer.inputs)
      }
      for place in weights + (0..<layer.outputs).map(layer.bias) {
        let old = network.parameters[place]
        network.parameters[place] = old + width
        let above = advance(step, targets: targets, rate: 0) / 6
        network.parameters[place] = old - width
        let below = advance(step, targets: targets, rate: 0) / 6
        network.parameters[place] = old
        let slope = Float((above - below) / Double(2 * width))
        #expect(abs(slope - gradient[place]) < 2e-2 * scale)
      }
    }
  }

  /// More units than a panel or a group holds, last panels of each width, more classes than a panel, masks, and an
  /// odd number of examples.
  @Test(arguments: [DropoutScope.example, .batch])
  func `Gradients of large layers under dropout agree with finite differences`(scope: DropoutScope) {
    let sizes = [300, 228, 150, 70]
    let count = 37
    let images = (0..<count * sizes[0]).map { $0 % 3 == 0 ? UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) : 0 }
    let labels = (0..<count).map { UInt32($0 % sizes[3]) }
    let network = Network(Architecture(sizes: sizes), seed: 3)
    let step = TrainingStep(
      network: network, objective: HardTargetLoss(),
      options: StepOptions(
        optimizer: .sgd(momentum: 0), inputDropout: 0.2, hiddenDropout: 0.5, dropoutScope: scope),
      capacity: count + 3, team: ThreadTeam(threads: 1))
    let batch = Batch(
      features: Features(pixels: images, width: sizes[0]), labels: labels, targets: nil,
      rows: Array(0..<UInt32(count))[...], epoch: 0,
      firstExample: 9)
    func loss() -> Double { step.advance(on: batch, learningRate: 0).loss / Double(count) }
    _ = loss()
    let gradient = step.optimizerState[0].elements
    let old = network.parameters.elements
    for layer in network.architecture.layers {
      for part in 0..<8 {
        // Along the gradient of every eighth weight and bias, where the slope is the squared norm.
        var direction = [Float](repeating: 0, count: old.count)
        for output in 0..<layer.outputs {
          for input in stride(from: part, to: layer.inputs, by: 8) {
            let place = layer.weight(output: output, input: input)
            direction[place] = gradient[place]
          }
          if output % 8 == part {
            direction[layer.bias(output: output)] = gradient[layer.bias(output: output)]
          }
        }
        let expected = direction.reduce(0.0) { $0 + Double($1) * Double($1) }
        let width = Float(1e-3 / expected.squareRoot())
        network.parameters.set(zip(old, direction).map { $0 + width * $1 })
        let above = loss()
        network.parameters.set(zip(old, direction).map { $0 - width * $1 })
        let below = loss()
        network.parameters.set(old)
        #expect(expected > 0)
        #expect(abs((above - below) / Double(2 * width) - expected) < 1e-2 * expected)
      }
    }
  }

  @Test func `Three steps of momentum, max-norm and averaging are PyTorch's`() throws {
    let network = try reference.network()
    let step = step(
      network, Self.objective("soft_T4"),
      StepOptions(optimizer: .sgd(momentum: 0.9), maxNorm: 0.8, averageDecay: 0.99))
    for _ in 0..<3 { _ = advance(step, targets: try targets("soft_T4"), rate: 0.1) }
    #expect(try reference.difference(network.parameters, "sgd.", network) < 1e-5)
    #expect(try reference.difference(#require(step.average), "average.", network) < 1e-5)
  }

  @Test func `Three steps of Adam are PyTorch's`() throws {
    let network = try reference.network()
    let step = step(network, Self.objective("soft_T4"), StepOptions(optimizer: .adam))
    for _ in 0..<3 { _ = advance(step, targets: try targets("soft_T4"), rate: 0.01) }
    #expect(try reference.difference(network.parameters, "adam.", network) < 1e-5)
  }

  @Test(arguments: [
    StepOptions(optimizer: .adam, inputDropout: 0.1, hiddenDropout: 0.4, maxNorm: 2, averageDecay: 0.9),
    StepOptions(
      optimizer: .sgd(momentum: 0.9), inputDropout: 0.2, hiddenDropout: 0.5, dropoutScope: .batch, maxNorm: 1),
  ])
  func `Any number of threads gives the same bits`(options: StepOptions) {
    let sizes = [300, 333, 210, 10]
    let count = 100
    let images = (0..<count * sizes[0]).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
    let labels = (0..<count).map { UInt32($0 % 10) }
    let rows = Array(0..<UInt32(count))
    let results = [1, 2, 3, 7].map { threads in
      let network = Network(Architecture(sizes: sizes), seed: 3)
      let team = ThreadTeam(threads: threads, processors: threads, benefit: nil)
      defer { team.stop() }
      let step = TrainingStep(
        network: network, objective: HardTargetLoss(), options: options, capacity: count, team: team)
      for round in 0..<5 {
        let batch = Batch(
          features: Features(pixels: images, width: sizes[0]), labels: labels, targets: nil,
          rows: rows[..<(round == 4 ? 61 : count)],
          epoch: round, firstExample: round)
        _ = step.advance(on: batch, learningRate: 0.01)
      }
      return network.parameters.elements.map(\.bitPattern)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  /// A step waits for what other threads have finished, by the number of the step.
  @Test func `A step that was done before can be done again, to the same bits`() throws {
    let network = try reference.network()
    let team = ThreadTeam(threads: 3, processors: 3, benefit: nil)
    defer { team.stop() }
    let step = TrainingStep(
      network: network, objective: HardTargetLoss(), options: StepOptions(optimizer: .sgd(momentum: 0.9)),
      capacity: 8, team: team)
    let start = network.parameters.elements
    var results: [[Float]] = []
    for _ in 0..<20 {
      network.parameters.set(start)
      for state in step.optimizerState { state.set([Float](repeating: 0, count: state.count)) }
      step.resume(stepCount: 0)
      for _ in 0..<3 { _ = advance(step, targets: nil, rate: 0.1) }
      results.append(network.parameters.elements)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func `A thread that took a step still knows denormal numbers`() throws {
    let team = ThreadTeam(threads: 2, processors: 2, benefit: nil)
    defer { team.stop() }
    let step = TrainingStep(
      network: try reference.network(), objective: HardTargetLoss(), options: StepOptions(optimizer: .adam),
      capacity: 8,
      team: team)
    _ = advance(step, targets: nil, rate: 0.1)
    // Not known to the compiler, which would divide itself.
    let tiny = FloatBuffer(count: 1)
    tiny[0] = .leastNormalMagnitude
    #expect(tiny[0] / 4 > 0)
  }
}
