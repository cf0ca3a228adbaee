import Stage
import Storage

/// The k most probable classes of each example, and what is left for the others, who share it evenly.
package struct TopK: Equatable, Sendable {
  /// Classes kept of each example.
  package let k: Int
  /// [examples, k], most probable first; ties go to the lower class.
  package let classes: [UInt32]
  /// [examples, k].
  package let probabilities: [Float]
  /// [examples].
  package let tail: [Float]

  /// Keeps the most probable classes.
  ///
  /// - Parameters:
  ///   - dense: [examples, classes], rows sum to 1.
  ///   - classes: in a row.
  ///   - k: 1 to `classes`.
  package init(dense: [Float], classes: Int, k: Int) {
    precondition((1...classes).contains(k), "no top \(k) of \(classes)")
    self.k = k
    let count = dense.count / classes
    var chosen: [UInt32] = []
    var kept: [Float] = []
    var tail: [Float] = []
    for row in 0..<count {
      let values = dense[row * classes..<(row + 1) * classes]
      var rest = 0.0
      for (rank, index) in Self.order(values).enumerated() {
        if rank < k {
          chosen.append(UInt32(index - values.startIndex))
          kept.append(values[index])
        } else {
          // Added up, because 1 - Σ kept would round a tail of 1e-9 to nothing.
          rest += Double(values[index])
        }
      }
      tail.append(Float(rest))
    }
    (self.classes, probabilities, self.tail) = (chosen, kept, tail)
  }

  /// Positions of some values from the largest down; of equals the lower first.
  package static func order(_ values: ArraySlice<some Comparable>) -> [Int] {
    values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
  }

  /// - Throws: `StorageError` for tensors of other types or shapes; `InputError.labelOutOfRange`.
  init(_ file: Safetensors, count: Int, k: Int, classes: Int) throws {
    self.k = k
    self.classes = try file.elements("classes", as: UInt32.self, shape: [count, k])
    probabilities = try file.floats("soft_targets", shape: [count, k])
    tail = try file.floats("tail", shape: [count])
    // Each is about to be an index.
    if let bad = self.classes.firstIndex(where: { $0 >= classes }) {
      throw InputError.labelOutOfRange(
        path: file.path, row: bad / max(1, k), label: Int(self.classes[bad]), classes: classes)
    }
  }

  /// [examples, classes] with the tail spread evenly.
  ///
  /// - Parameters:
  ///   - count: of all classes.
  ///   - probabilities: in place of its own, [examples, k].
  /// - Returns: [examples, classes]; rows sum to 1 as far as what was kept does.
  package func dense(classes count: Int, probabilities: [Float]? = nil) -> [Float] {
    let probabilities = probabilities ?? self.probabilities
    var dense = [Float](repeating: 0, count: tail.count * count)
    for row in tail.indices {
      // With k = classes there is nobody to share what rounding left.
      let share = count > k ? tail[row] / Float(count - k) : 0
      let start = row * count
      for place in start..<start + count { dense[place] = share }
      for rank in row * k..<(row + 1) * k { dense[start + Int(classes[rank])] = probabilities[rank] }
    }
    return dense
  }
}
