import CKernels

/// The exponential moving average (EMA) of the weights.
extension TrainingStep {
  /// After `averageWarmUp` steps only every `averageInterval`-th step updates the EMA: it moves slowly by then, and
  /// each update is a pass over all parameters.
  private static let averageWarmUp = 128
  private static let averageInterval = 8
  /// Parameters per task: 64 KB of each buffer.
  private static let piece = 1 << 14

  /// average += (1 - decay^interval) (weights - average).
  func updateAverage() {
    guard let average else { return }
    let interval = stepCount <= Self.averageWarmUp ? 1 : Self.averageInterval
    // By the number of the step, not by a counter of its own: a resumed training updates at the same steps.
    guard stepCount % interval == 0 else { return }
    let steps = Double(stepCount)
    // Early on (1 + n) / (10 + n) is the smaller one, as in TensorFlow: the EMA forgets the initial weights quickly.
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
