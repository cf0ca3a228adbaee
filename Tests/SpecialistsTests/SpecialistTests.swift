import Datasets
import Foundation
import Networks
import Specialists
import Storage
import TestSupport
import Testing

/// Generalist and specialists together against SciPy's quasi-Newton method (`Tests/Reference`).
@Suite struct JointDistributionTests {
  private let file: Safetensors
  private let classes = 12
  private let cases = 48

  init() throws { file = try referenceTensors("specialists") }

  private func softmax(_ logits: ArraySlice<Float>) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// [specialists][classes], and what each specialist says, [specialists][cases][outputs].
  private func specialists() throws -> (outputs: [[Int]], opinions: [[[Double]]]) {
    var outputs: [[Int]] = []
    var opinions: [[[Double]]] = []
    for number in 0..<5 {
      let special = try file.elements("special.\(number)", as: UInt8.self, shape: [nil]).map { Int($0) }
      let labelMap = LabelMap(special: special, form: .dustbin, of: LabelMap(classes: classes))
      let logits = try file.floats("opinions.\(number)", shape: [cases, labelMap.outputs])
      outputs.append(labelMap.outputOfClass)
      opinions.append(
        (0..<cases).map { softmax(logits[$0 * labelMap.outputs..<($0 + 1) * labelMap.outputs]) })
    }
    return (outputs, opinions)
  }

  @Test func `The joint distribution is SciPy's`() throws {
    let (outputs, opinions) = try specialists()
    let generalist = try file.floats("generalist", shape: [cases, classes])
    let active = try file.elements("active", as: UInt8.self, shape: [cases, 5])
    let expected = try file.floats("joint", shape: [cases, classes])
    var several = 0
    for example in 0..<cases {
      let asked = (0..<5).filter { active[example * 5 + $0] != 0 }
      several += asked.count > 1 ? 1 : 0
      let joint = JointDistribution(classes: classes, outputs: asked.map { outputs[$0] })
      let found = joint.solve(
        softmax(generalist[example * classes..<(example + 1) * classes]),
        asked.map { opinions[$0][example] })
      #expect(abs(found.reduce(0, +) - 1) < 1e-9)
      for label in 0..<classes {
        #expect(abs(found[label] - Double(expected[example * classes + label])) < 1e-5, "case \(example)")
      }
    }
    #expect(several > 20)
  }

  @Test func `Of one specialist it is known in closed form`() {
    // With one opinion each output's share is the mean of both, and the dustbin's classes keep their ratio.
    let joint = JointDistribution(classes: 4, outputs: [[0, 1, 2, 2]])
    let found = joint.solve([0.4, 0.3, 0.2, 0.1], [[0.1, 0.7, 0.2]])
    for (one, other) in zip(found, [0.25, 0.5, 1.0 / 6, 0.5 / 6]) { #expect(abs(one - other) < 1e-9) }
  }

  @Test func `Nobody asked and probabilities of nothing change nothing and are no fault`() {
    #expect(JointDistribution(classes: 3, outputs: []).solve([0.5, 0.3, 0.2], []) == [0.5, 0.3, 0.2])
    let found = JointDistribution(classes: 3, outputs: [[0, 1, 1]]).solve([1, 0, 0], [[0, 1]])
    #expect(found.allSatisfy { $0.isFinite && $0 > 0 } && abs(found[0] - 0.5) < 1e-9)
  }

  @Test func `The covariance at a temperature is numpy's`() throws {
    let logits = try file.floats("generalist", shape: [cases, classes])
    var sums = ClassCovariance.Sums(classes: classes)
    for example in 0..<cases {
      let row = logits[example * classes..<(example + 1) * classes]
      sums.add(logProbabilities: softmax(row).map { log($0) }, temperature: 4)
    }
    let expected = try file.floats("covariance_T4", shape: [classes, classes])
    for (one, other) in zip(ClassCovariance(sums).values, expected) {
      #expect(abs(one - Double(other)) < 1e-8)
    }
  }
}

@Suite struct ClusteringTests {
  /// Columns of a correlation matrix in which the classes of a set go together.
  private func columns(_ sets: [[Int]], classes: Int, within: Double) -> [[Double]] {
    var setOfClass = [Int](repeating: -1, count: classes)
    for (number, set) in sets.enumerated() { for label in set { setOfClass[label] = number } }
    return (0..<classes).map { one in
      (0..<classes).map { other in
        // A little different everywhere, as measured ones are.
        let noise = 0.01 * sin(Double(min(one, other) * 31 + max(one, other) * 17))
        if one == other { return 1 }
        return (setOfClass[one] == setOfClass[other] ? within : -0.05) + noise
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func `Planted sets are found again from any seed`(seed: Int) throws {
    let sets = [[0, 7, 9], [1, 2], [3, 5, 8, 10, 13], [4, 6], [11, 12, 14, 15]]
    let points = columns(sets, classes: 16, within: 0.25)
    let found = try Clustering.best(of: points, count: 5, seed: UInt64(seed), starts: 20, threads: 2)
    var clusters = [[Int]](repeating: [], count: 5)
    for (label, cluster) in found.clusterOfPoint.enumerated() { clusters[cluster].append(label) }
    #expect(clusters == sets)
    let serial = try Clustering.best(of: points, count: 5, seed: UInt64(seed), starts: 20, threads: 1)
    #expect(serial.clusterOfPoint == found.clusterOfPoint && serial.inertia == found.inertia)
  }

  @Test func `As many clusters as points, and points that are equal, are no fault`() throws {
    let equal = [[Double]](repeating: [1, 2], count: 4)
    for count in 1...4 {
      let found = try Clustering.best(of: equal, count: count, seed: 0, starts: 3, threads: 1)
      #expect(Set(found.clusterOfPoint) == Set(0..<count) && found.inertia == 0)
    }
  }
}
