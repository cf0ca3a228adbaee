import Foundation

/// The distribution q over all classes that minimises KL(p_g ‖ q) + Σ_m KL(p_m ‖ q_m) for one image (paper, eq. 5),
/// with p_g of the generalist, p_m of the specialists that are consulted, and q_m the sums of q over the classes that
/// share an output of specialist m.
///
/// The problem is convex, so multiplicative updates need no step size; classes that every specialist treats alike are
/// merged. An update is q_c ← (p_g,c + Σ_m p_m,o(c) q_c / Q_m,o(c)) / (1 + M), with M specialists and Q_m,o the sum
/// of q over the classes of output o. It never raises the objective. The paper uses gradient descent on z,
/// q = softmax(z).
package struct JointDistribution {
  /// Largest distance of the objective from its minimum, in nats; by convexity it is at most (1 + M) log max_c of the
  /// update's factors.
  static let tolerance = 1e-10
  private static let stepLimit = 100_000
  /// Lower bound of every probability: an underflow to 0 would divide by 0, and its logarithm is no logit.
  private static let least = 1e-300

  /// Merged classes of the specialists that are consulted.
  private let cells: Cells

  /// - Parameters:
  ///   - classes: number of classes of the generalist.
  ///   - outputs: [specialists][classes]: the output of each consulted specialist that stands for a class.
  package init(classes: Int, outputs: [[Int]]) { cells = Cells(outputs, classes: classes) }

  /// Solves for q.
  ///
  /// - Parameters:
  ///   - generalist: [classes], sums to 1.
  ///   - opinions: [specialists][outputs], predictions of the consulted specialists, each sums to 1; if empty, q is the
  ///     generalist's distribution.
  /// - Returns: [classes], above 0, sums to 1.
  package func solve(_ generalist: [Double], _ opinions: [[Double]]) -> [Double] {
    precondition(opinions.count == cells.outputs.count, "an opinion of somebody else")
    guard !opinions.isEmpty else { return generalist }
    let generalist = generalist.map { max($0, Self.least) }
    // Within a cell, only KL(p_g ‖ q) depends on how q is divided, and it is least in the generalist's proportions. So
    // solve for the cells' sums, and divide them afterwards.
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
    // Invariant: q sums to 1. The generalist contributes Σ_c p_g,c = 1 to Σ q_c × factor_c, and so does each
    // specialist, so dividing by 1 + M normalises.
    for _ in 0..<Self.stepLimit {
      for cell in q.indices { factors[cell] = given[cell] / q[cell] }
      for (opinion, outputs) in zip(opinions, cells.outputs) {
        // [outputs]: q_m, the specialist's view of q.
        var seen = [Double](repeating: 0, count: opinion.count)
        for cell in q.indices { seen[outputs[cell]] += q[cell] }
        for cell in q.indices { factors[cell] += opinion[outputs[cell]] / seen[outputs[cell]] }
      }
      var largest = 0.0
      for cell in q.indices {
        q[cell] *= factors[cell] / members
        largest = max(largest, factors[cell] / members)
      }
      // All factors equal 1 at the minimum, where eq. 5 has equal derivatives by all q_c.
      if members * log(largest) <= Self.tolerance { break }
    }
    return q
  }
}

/// Classes merged into cells: all classes of a cell have the same output in every consulted specialist.
private struct Cells {
  /// [classes]: cell of each class.
  let cellOfClass: [Int]
  /// [specialists][cells]: output of each cell.
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

  /// [cells]: sums of values [classes].
  func sums(of values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (label, value) in values.enumerated() { sums[cellOfClass[label]] += value }
    return sums
  }
}
