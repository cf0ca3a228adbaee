extension LabelMap {
  /// All special examples alternating with as many others, so that half of every batch is special (paper, section
  /// 5.2). If there are too few others, they are repeated.
  ///
  /// - Parameters:
  ///   - order: a random permutation of rows, so that its first others are a random sample.
  ///   - labels: [rows], as outputs.
  /// - Returns: twice as many rows as there are special ones; only the special rows if there are no others.
  func halves(of order: [UInt32], labels: [UInt32]) -> [UInt32] {
    let special = order.filter { isSpecial(output: labels[Int($0)]) }
    let others = order.filter { !isSpecial(output: labels[Int($0)]) }
    guard !others.isEmpty else { return special }
    return special.indices.flatMap { [special[$0], others[$0 % others.count]] }
  }
}
