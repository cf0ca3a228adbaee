extension LabelMap {
  /// Every special example of an order, and as many others, in turns: however it is cut into batches, half of each is
  /// special (paper, section 5.2). Of too few others some come again.
  ///
  /// - Parameters:
  ///   - order: rows, each as likely as any other to be first, so that its first others are drawn at random.
  ///   - labels: of the rows, as outputs.
  /// - Returns: twice as many rows as are special.
  func halves(of order: [UInt32], labels: [UInt32]) -> [UInt32] {
    let special = order.filter { isSpecial(output: labels[Int($0)]) }
    let others = order.filter { !isSpecial(output: labels[Int($0)]) }
    guard !others.isEmpty else { return special }
    return special.indices.flatMap { [special[$0], others[$0 % others.count]] }
  }
}
