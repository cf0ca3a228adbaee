import Stage
import Storage

/// The k most probable classes of each example, and the remaining probability, which the other classes share evenly.
package struct TopK: Equatable, Sendable {
  /// Number of classes kept for each example.
  package let k: Int
  /// [examples, k], the most probable first; of equal ones the lower class first.
  package let classes: [UInt32]
  /// [examples, k], in the order of `classes`.
  package let probabilities: [Float]
  /// [examples], probability of all other classes together.
  package let tail: [Float]

  /// Keeps the most probable classes. O(examples · classes · log classes).
  ///
  /// - Parameters:
  ///   - dense: [examples, classes], rows sum to 1.
  ///   - classes: length of a row.
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
          // Summed, because 1 - Σ kept would round a tail of 1e-9 to 0.
          rest += Double(values[index])
        }
      }
      tail.append(Float(rest))
    }
    (self.classes, probabilities, self.tail) = (chosen, kept, tail)
  }

  /// Indices of the values in descending order; of equal values the lower index first.
  package static func order(_ values: ArraySlice<some Comparable>) -> [Int] {
    values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
  }

  /// Reads the tensors `classes`, `soft_targets` and `tail`.
  ///
  /// - Throws: `StorageError` for tensors of other types or shapes; `InputError.labelOutOfRange`.
  init(_ file: Safetensors, count: Int, k: Int, classes: Int) throws {
    self.k = k
    self.classes = try file.elements("classes", as: UInt32.self, shape: [count, k])
    probabilities = try file.floats("soft_targets", shape: [count, k])
    tail = try file.floats("tail", shape: [count])
    // Checked here, because `dense` uses the classes as indices.
    if let bad = self.classes.firstIndex(where: { $0 >= classes }) {
      throw InputError.labelOutOfRange(
        path: file.path, row: bad / max(1, k), label: Int(self.classes[bad]), classes: classes)
    }
  }

  /// Expands to dense rows, with the tail spread evenly over the other classes.
  ///
  /// - Parameters:
  ///   - count: number of classes.
  ///   - probabilities: [examples, k], used in place of the stored ones; nil for the stored ones.
  /// - Returns: [examples, classes]; rows sum to 1 up to the rounding of the stored values.
  package func dense(classes count: Int, probabilities: [Float]? = nil) -> [Float] {
    let probabilities = probabilities ?? self.probabilities
    var dense = [Float](repeating: 0, count: tail.count * count)
    for row in tail.indices {
      // With k = classes there is no other class to take the tail, which is 0 in files written here.
      let share = count > k ? tail[row] / Float(count - k) : 0
      let start = row * count
      for place in start..<start + count { dense[place] = share }
      for rank in row * k..<(row + 1) * k { dense[start + Int(classes[rank])] = probabilities[rank] }
    }
    return dense
  }
}
