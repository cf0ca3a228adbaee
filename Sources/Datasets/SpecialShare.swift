/// Half of what a specialist learns from: examples of its special classes (paper, section 5.2).
struct SpecialShare: Sendable {
  private let outputs: Set<UInt32>

  /// Of the special classes.
  init(outputs: [UInt32]) { self.outputs = Set(outputs) }

  func contains(_ output: UInt32) -> Bool { outputs.contains(output) }

  /// The examples of the special classes among those of each output.
  func count(_ examplesPerOutput: [Int]) -> Int {
    examplesPerOutput.enumerated().reduce(0) { contains(UInt32($1.offset)) ? $0 + $1.element : $0 }
  }

  /// Every special example of an order, and as many others, in turns: however it is cut into batches, half of each is
  /// special. Of too few others some come again.
  ///
  /// - Parameters:
  ///   - order: rows, each as likely as any other to be first, so that its first others are drawn at random.
  ///   - labels: of the rows, as outputs.
  /// - Returns: twice as many rows as are special.
  func halves(of order: [UInt32], labels: [UInt32]) -> [UInt32] {
    let special = order.filter { contains(labels[Int($0)]) }
    let others = order.filter { !contains(labels[Int($0)]) }
    guard !others.isEmpty else { return special }
    return special.indices.flatMap { [special[$0], others[$0 % others.count]] }
  }
}
