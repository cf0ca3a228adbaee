import CKernels

/// The exponential average of the weights.
extension TrainingStep {
  /// Steps after which the average follows every `averageInterval`-th step only: it moves slowly, and each time
  /// costs a pass over the memory.
  private static let averageWarmUp = 128
  private static let averageInterval = 8
  /// Parameters in a piece of the work: 64 KB of each buffer.
  private static let piece = 1 << 14

  /// average += (1 - decay^interval) (weights - average).
  func updateAverage() {
    guard let average else { return }
    let interval = stepCount <= Self.averageWarmUp ? 1 : Self.averageInterval
    guard stepCount % interval == 0 else { return }
    let steps = Double(stepCount)
    // Early averages follow the weights closely, or they would remember the initial ones for long.
    let decay = power(min(Double(options.averageDecay), (1 + steps) / (10 + steps)), interval)
    let total = network.architecture.bufferCount
    team.forEach(below: (total + Self.piece - 1) / Self.piece) { task, _ in
      let start = task * Self.piece
      let count = min(Self.piece, total - start)
      dk_average(
        average.pointer(at: start, count: count), network.parameters.pointer(at: start, count: count), count,
        Float(1 - decay))
    }
  }
}
