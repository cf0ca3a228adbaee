import Foundation

/// The distribution q over all classes that agrees best with what a generalist and some specialists say of one image:
/// the least of KL(p_g ‖ q) + Σ_m KL(p_m ‖ q_m), where q_m is q as specialist m can see it, with the classes that share
/// an output added up (paper, eq. 5).
///
/// The problem is convex in q. A step multiplies each q_c by its derivative's ratio to what it is at the minimum, which
/// is gradient descent on z, q = softmax(z), in the geometry of the probabilities themselves, with the one step size
/// that needs no search and never raises the sum: q_c ← (p_g,c + Σ_m p_m,o(c) q_c / Q_m,o(c)) / (1 + M), with Q_m,o the
/// sum of q over the classes of output o.
package struct JointDistribution {
  /// By how many nats the sum may be above its minimum: by convexity, (1 + M) log max_c of the step's factor bounds it.
  static let tolerance = 1e-10
  private static let stepLimit = 100_000
  /// No class is impossible: a probability too small for a number is as good as this.
  private static let least = 1e-300

  /// Of those who are asked.
  private let cells: Cells

  /// - Parameters:
  ///   - classes: of the generalist.
  ///   - outputs: [specialists][classes], of those who are asked: the output that stands for a class.
  package init(classes: Int, outputs: [[Int]]) { cells = Cells(outputs, classes: classes) }

  /// Solves for q.
  ///
  /// - Parameters:
  ///   - generalist: [classes], sums to 1.
  ///   - opinions: [specialists][outputs], each sums to 1; with none, q is the generalist's.
  /// - Returns: [classes], above 0, sums to 1.
  package func solve(_ generalist: [Double], _ opinions: [[Double]]) -> [Double] {
    precondition(opinions.count == cells.outputs.count, "an opinion of somebody else")
    guard !opinions.isEmpty else { return generalist }
    let generalist = generalist.map { max($0, Self.least) }
    // Classes that all who are asked see alike keep their ratio, as nothing in the sum asks for another.
    let given = cells.sums(of: generalist)
    let solved = solve(cells: given, opinions)
    return cells.cellOfClass.indices.map { label in
      let cell = cells.cellOfClass[label]
      return max(generalist[label] / given[cell] * solved[cell], Self.least)
    }
  }

  private func solve(cells given: [Double], _ opinions: [[Double]]) -> [Double] {
    var q = given
    var factors = [Double](repeating: 0, count: q.count)
    let members = Double(1 + opinions.count)
    for _ in 0..<Self.stepLimit {
      for cell in q.indices { factors[cell] = given[cell] / q[cell] }
      for (opinion, outputs) in zip(opinions, cells.outputs) {
        var seen = [Double](repeating: 0, count: opinion.count)
        for cell in q.indices { seen[outputs[cell]] += q[cell] }
        for cell in q.indices { factors[cell] += opinion[outputs[cell]] / seen[outputs[cell]] }
      }
      var largest = 0.0
      for cell in q.indices {
        q[cell] *= factors[cell] / members
        largest = max(largest, factors[cell] / members)
      }
      if members * log(largest) <= Self.tolerance { break }
    }
    return q
  }
}

/// Classes that some specialists cannot tell apart, taken together.
private struct Cells {
  /// [classes]
  let cellOfClass: [Int]
  /// [specialists][cells]
  let outputs: [[Int]]
  private let count: Int

  init(_ outputs: [[Int]], classes: Int) {
    var known: [[Int]: Int] = [:]
    var cellOfClass: [Int] = []
    for label in 0..<classes {
      let signature = outputs.map { $0[label] }
      let cell = known[signature] ?? known.count
      known[signature] = cell
      cellOfClass.append(cell)
    }
    var ofCell = outputs.map { _ in [Int](repeating: 0, count: known.count) }
    for (signature, cell) in known {
      for (specialist, output) in signature.enumerated() { ofCell[specialist][cell] = output }
    }
    self.cellOfClass = cellOfClass
    self.outputs = ofCell
    count = known.count
  }

  func sums(of values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (label, value) in values.enumerated() { sums[cellOfClass[label]] += value }
    return sums
  }
}
