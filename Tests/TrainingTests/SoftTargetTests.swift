import Datasets
import Evaluation
import Foundation
import Networks
import Storage
import TestSupport
import Testing
import Training

/// Against numbers that numpy made in double precision.
@Suite struct SoftTargetTests {
  private let fixture: Safetensors
  private let logits: [Float]

  init() throws {
    fixture = try referenceTensors("soft_targets")
    logits = try fixture.floats("logits.0", shape: [8, 10])
  }

  private func expectEqual(_ found: [Float], _ name: String) throws {
    let expected = try fixture.floats(name, shape: [8, 10])
    #expect(found.count == expected.count)
    for (first, second) in zip(expected, found) { #expect(abs(first - second) <= 1e-6 * max(1e-3, first)) }
  }

  @Test(arguments: [1.0, 4, 20])
  func `Soft targets are numpy's`(temperature: Double) throws {
    try expectEqual(
      Temperature.softmax(logits, classes: 10, temperature: temperature),
      "temperature.\(Temperature.name(temperature))")
  }

  @Test(arguments: [Combination.arithmetic, .geometric])
  func `Means of two teachers are numpy's`(combination: Combination) throws {
    let other = try fixture.floats("logits.1", shape: [8, 10])
    let both: [Float] = (0..<8).flatMap { (row: Int) -> [Float] in
      Array(logits[row * 10..<row * 10 + 10]) + Array(other[row * 10..<row * 10 + 10])
    }
    let found = combination.probabilities(both, teachers: 2, classes: 10, temperature: 4)
    try expectEqual(found, "\(combination.rawValue).4")
  }

  @Test func `The top three and their tail are numpy's`() throws {
    let dense = Temperature.softmax(logits, classes: 10, temperature: 4)
    let top = TopK(dense: dense, classes: 10, k: 3)
    #expect(top.classes.map { Int($0) } == (try fixture.integers("topk3.classes", shape: [8, 3])))
    for (first, second) in zip(top.tail, try fixture.floats("topk3.tail", shape: [8])) {
      #expect(abs(first - second) < 1e-6)
    }
    let rebuilt = top.dense(classes: 10)
    for (row, expected) in try fixture.floats("topk3.kl", shape: [8]).enumerated() {
      let divergence = (row * 10..<row * 10 + 10).reduce(Float(0)) {
        $0 + dense[$1] * (dense[$1] / rebuilt[$1]).logarithm
      }
      #expect(abs(divergence - expected) < 1e-5)
    }
  }

  @Test func `NLL and ECE are numpy's`() throws {
    let labels = try fixture.labels("labels", shape: [8])
    let logProbabilities = Combination.arithmetic.logProbabilities(
      logits, teachers: 1, classes: 10, temperature: 1)
    var evaluation = Evaluation(classes: 10)
    for row in 0..<8 { evaluation.add(logProbabilities[row * 10..<row * 10 + 10], label: Int(labels[row])) }
    #expect(abs(evaluation.negativeLogLikelihood - Double(try fixture.floats("nll", shape: [1])[0])) < 1e-5)
    #expect(abs(evaluation.calibrationError - Double(try fixture.floats("ece", shape: [1])[0])) < 1e-6)
  }

  /// scipy.special.log_softmax of the same logits, and logsumexp over two teachers less log 2.
  @Test func `Log-probabilities do not underflow`() {
    let one = Combination.arithmetic.logProbabilities(
      [1000, 0, -1000], teachers: 1, classes: 3, temperature: 1)
    #expect(one == [0, -1000, -2000])
    let two = Combination.arithmetic.logProbabilities(
      [1000, 0, 2000, 0], teachers: 2, classes: 2, temperature: 1)
    #expect(two[0] == 0 && abs(two[1] - -1000.6931471805599) < 1e-9)
    var evaluation = Evaluation(classes: 3)
    evaluation.add(one[...], label: 2)
    #expect(evaluation.negativeLogLikelihood == 2000)
  }

  @Test(arguments: [1.0, 20, 1000, 100_000])
  func `No soft loss is below zero, and of equals it is zero`(temperature: Double) {
    let targets = Temperature.softmax(logits, classes: 10, temperature: temperature)
    let loss = SoftTargetLoss(temperature: temperature, hardWeight: 0)
    var gradient = [Float](repeating: 0, count: 10)
    for row in 0..<8 {
      for shift: Float in [0, 1, -3] {
        var student = Array(logits[row * 10..<row * 10 + 10])
        student[row] += shift
        let value = student.withUnsafeBufferPointer { student in
          targets.withUnsafeBufferPointer { targets in
            gradient.withUnsafeMutableBufferPointer {
              loss.loss(
                logits: student, label: nil, target: .init(rebasing: targets[row * 10..<row * 10 + 10]),
                gradient: $0
              ).loss
            }
          }
        }
        // T² KL goes to half the variance of the difference, over the classes (paper, section 2.1).
        let limit = Double(shift * shift) * 0.09 / 2
        #expect(value >= 0 && value <= max(1e-4, 4 * limit) * temperature)
        if temperature >= 1000 { #expect(abs(value - limit) < 0.02 * limit + 1e-3) }
      }
    }
  }

  @Test func `The interval of the error rate is Wilson's`() {
    var evaluation = Evaluation(classes: 2)
    for index in 0..<100 { evaluation.add([log(0.9), log(0.1)], label: index < 10 ? 1 : 0) }
    #expect(evaluation.errors == 10)
    // Newcombe 1998 gives 0.0552 to 0.1744 for 10 of 100.
    #expect(abs(evaluation.interval.lowerBound - 0.0552) < 1e-4)
    #expect(abs(evaluation.interval.upperBound - 0.1744) < 1e-4)
    #expect(evaluation.errorsPerClass == [0, 10])
    #expect(evaluation.confusions == [.init(label: 1, prediction: 0): 10])
    #expect(evaluation.examplesPerClass == [90, 10])
  }

  @Test func `At a very high temperature the soft loss becomes the logit loss`() {
    let student: [Float] = [0.3, -1.2, 2.5, 0.1]
    let teacher: [Float] = [1.5, 0.2, -0.7, 3.0]
    let temperature = 300.0
    let targets = Temperature.softmax(teacher, classes: 4, temperature: temperature)
    func gradient(_ objective: any Objective, _ target: [Float]) -> [Float] {
      var gradient = [Float](repeating: 0, count: 4)
      _ = student.withUnsafeBufferPointer { logits in
        target.withUnsafeBufferPointer { target in
          gradient.withUnsafeMutableBufferPointer {
            objective.loss(logits: logits, label: 0, target: target, gradient: $0)
          }
        }
      }
      return gradient
    }
    let soft = gradient(SoftTargetLoss(temperature: temperature, hardWeight: 0), targets)
    let limit = gradient(LogitLoss(hardWeight: 0), teacher)
    for (first, second) in zip(soft, limit) { #expect(abs(first - second) < 5e-3) }
  }
}

extension Float {
  fileprivate var logarithm: Float { Float(log(Double(self))) }
}
