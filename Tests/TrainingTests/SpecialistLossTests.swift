import Datasets
import Foundation
import Networks
import Testing
import Training

/// What a specialist with an output for each class learns from an example (paper, section 6.1).
@Suite struct SpecialistLossTests {
  private let special = [1, 3]
  private let labelMap = LabelMap(special: [1, 3], form: .full, of: LabelMap(classes: 5))
  private let logits: [Float] = [0.7, -1.1, 2.3, 0.4, -0.2]
  private let generalist: [Float] = [1.9, 0.3, 0.8, 2.5, -1.4]

  private func objective(_ temperature: Double, _ hardWeight: Double) -> SpecialistLoss {
    SpecialistLoss(labelMap, soft: SoftTargetLoss(temperature: temperature, hardWeight: hardWeight))
  }

  private func value(_ objective: any Objective, _ logits: [Float], label: Int?, target: [Float]?) -> (
    loss: ExampleLoss, gradient: [Float]
  ) {
    var gradient = [Float](repeating: 0, count: logits.count)
    let loss = logits.withUnsafeBufferPointer { logits in
      gradient.withUnsafeMutableBufferPointer { gradient in
        guard let target else {
          return objective.loss(logits: logits, label: label, target: nil, gradient: gradient)
        }
        return target.withUnsafeBufferPointer {
          objective.loss(logits: logits, label: label, target: $0, gradient: gradient)
        }
      }
    }
    return (loss, gradient)
  }

  private func softmax(_ logits: [Double], _ temperature: Double = 1) -> [Double] {
    let powers = logits.map { exp($0 / temperature) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// In double precision, as the documentation has it.
  private func reference(_ logits: [Double], label: Int, temperature: Double, hardWeight: Double) -> Double {
    let all = softmax(logits)
    guard !special.contains(label) else { return -log(all[label]) }
    let others = labelMap.others
    let apart = -log(others.reduce(0) { $0 + all[$1] })
    let own = others.map { logits[$0] }
    let wanted = softmax(others.map { Double(generalist[$0]) }, temperature)
    let divergence = zip(wanted, softmax(own, temperature)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    let hard = -log(softmax(own)[others.firstIndex(of: label) ?? 0])
    return apart + (1 - hardWeight) * temperature * temperature * divergence + hardWeight * hard
  }

  @Test(arguments: [0, 1, 2, 4], [(1.0, 0.0), (4, 0), (4, 0.3), (20, 1)])
  func `The loss is what it says, and the gradient its slope`(label: Int, setting: (Double, Double)) {
    let (temperature, hardWeight) = setting
    let target = Temperature.softmax(generalist, classes: 5, temperature: temperature)
    let (loss, gradient) = value(objective(temperature, hardWeight), logits, label: label, target: target)
    let own = logits.map(Double.init)
    func expected(_ logits: [Double]) -> Double {
      reference(logits, label: label, temperature: temperature, hardWeight: hardWeight)
    }
    #expect(abs(loss.loss - expected(own)) < 1e-5 * (1 + expected(own)) * temperature)
    for index in own.indices {
      var (above, below) = (own, own)
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (expected(above) - expected(below)) / 2e-5
      #expect(abs(Double(gradient[index]) - slope) < 1e-5 * temperature, "output \(index)")
    }
    let level = value(
      objective(temperature, hardWeight), [Float](repeating: 0, count: 5), label: label, target: target)
    #expect(abs(level.loss.loss - loss.uninformed) < 1e-5 * temperature)
  }

  @Test func `An ambiguous image gets the share that its examples have`() {
    // Of four alike, three are of class 1, which is special, and one of class 2; the generalist is as unsure.
    let target: [Float] = [0, 0.75, 0.25, 0, 0]
    var learnt = logits
    for _ in 0..<20_000 {
      let gradients = [1, 1, 1, 2].map {
        value(objective(1, 0), learnt, label: $0, target: target).gradient
      }
      for index in learnt.indices { learnt[index] -= 0.1 * gradients.reduce(0) { $0 + $1[index] } }
    }
    #expect(abs(softmax(learnt.map(Double.init))[1] - 0.75) < 0.01)
  }

  @Test func `A generalist that is sure of special classes leaves the label`() {
    let (loss, gradient) = value(objective(4, 0), logits, label: 2, target: [0, 0.5, 0, 0.5, 0])
    let hard = value(HardTargetLoss(), logits, label: 2, target: nil)
    #expect(loss.loss == hard.loss.loss && gradient == hard.gradient)
  }

  @Test func `Without what it needs it is not a number`() {
    #expect(value(objective(4, 0), logits, label: 2, target: nil).loss.loss.isNaN)
    #expect(value(objective(4, 0), logits, label: nil, target: generalist).loss.loss.isNaN)
  }
}
