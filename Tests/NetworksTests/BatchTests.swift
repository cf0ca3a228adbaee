import Datasets
import Machine
import Networks
import TestSupport
import Testing
import Training

/// A batch is checked before the kernels, which check nothing, get its pointers.
@Suite struct BatchTests {
  private static let inputs = 3
  private static let classes = 2

  private static func batch(
    examples: Int = 4, width: Int = inputs, labels: [UInt32]? = [0, 1, 0, 1], targets: Int? = 8,
    rows: [UInt32] = [3, 0]
  ) -> Batch {
    Batch(
      features: Features(pixels: [UInt8](repeating: 1, count: examples * width), width: width),
      labels: labels,
      targets: targets.map { [Float](repeating: 0.5, count: $0) }, rows: rows[...], epoch: 0, firstExample: 0)
  }

  @Test(arguments: [
    (batch(), nil),
    (batch(labels: nil, targets: nil), nil),
    // A label that the batch does not use is not looked at.
    (batch(labels: [0, 7, 0, 1]), nil),
    (batch(rows: []), "expected a batch of 1 to 4 examples, found 0"),
    (batch(rows: [0, 1, 2, 3, 0]), "expected a batch of 1 to 4 examples, found 5"),
    (batch(width: 4), "expected examples of 3 numbers, found 4"),
    (batch(rows: [1, 4]), "expected rows below 4, found 4"),
    (batch(examples: 0, labels: nil, targets: nil), "expected rows below 0, found 3"),
    (batch(labels: [0]), "expected 4 labels, found 1"),
    (batch(labels: [2, 0, 0, 1]), "expected labels below 2, found 2"),
    (batch(targets: 7), "expected targets of [4, 2], found 7 elements"),
  ])
  func `What does not fit is named`(batch: Batch, fault: String?) {
    #expect(batch.fault(inputs: Self.inputs, classes: Self.classes, capacity: 4) == fault)
  }

  @Test func `A step on a batch that does not fit stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let step = TrainingStep(
        network: Network(Architecture(sizes: [3, 2]), seed: 1), objective: HardTargetLoss(),
        options: StepOptions(optimizer: .adam), capacity: 4, team: ThreadTeam(threads: 1))
      _ = step.advance(
        on: Batch(
          features: Features(pixels: [1, 2, 3], width: 3), labels: [0], targets: nil, rows: [1], epoch: 0,
          firstExample: 0),
        learningRate: 0)
    }
  }

  @Test func `A hard loss without labels is not a number, a soft one does without`() {
    func loss(_ objective: any Objective) -> Double {
      TrainingStep(
        network: Network(Architecture(sizes: [3, 2]), seed: 1), objective: objective,
        options: StepOptions(optimizer: .adam), capacity: 4, team: ThreadTeam(threads: 1)
      ).advance(on: Self.batch(labels: nil), learningRate: 0).loss
    }
    #expect(loss(HardTargetLoss()).isNaN)
    #expect(loss(SoftTargetLoss(temperature: 2, hardWeight: 0.5)).isNaN)
    #expect(loss(SoftTargetLoss(temperature: 2, hardWeight: 0)).isFinite)
  }
}
