import Networks
import Stage
import Storage

/// What shapes a training; the defaults are those that the validation set favoured.
package struct TrainingOptions: Sendable {
  package enum OptimizerName: String, Sendable, CaseIterable { case sgd, adam }

  package var hidden: [Int]
  package var optimizer: OptimizerName
  package var learningRate: Double
  package var momentum = 0.9
  package var schedule = LearningRateSchedule.Shape.cosine
  /// Epochs over which the learning rate rises from zero.
  package var warmUp: Double
  package var epochs: Int
  package var batchSize: Int
  package var inputDropout: Double
  package var hiddenDropout: Double
  /// Masks for a whole minibatch cost no errors (`pipelines/results/dropout.txt`) and less time.
  package var dropout = DropoutScope.batch
  package var maxNorm: Double
  /// Decay of the average of the weights that is saved instead of the last ones; 0 for none.
  package var averageWeights: Double
  package var seed = 0
  /// Steps between checkpoints; no part of the result.
  package var checkpointEvery = 2000

  /// For `dk-teach`: the large net of the paper, section 3, with dropout and max-norm.
  package static let teacher = TrainingOptions(
    hidden: [1200, 1200], optimizer: .adam, learningRate: 0.001, warmUp: 1, epochs: 60, batchSize: 128,
    inputDropout: 0.1, hiddenDropout: 0.4, maxNorm: 2, averageWeights: 0.999)

  /// For `dk-distill`: the small net, by vanilla backpropagation.
  package static let student = TrainingOptions(
    hidden: [800, 800], optimizer: .sgd, learningRate: 0.1, warmUp: 1, epochs: 30, batchSize: 128,
    inputDropout: 0, hiddenDropout: 0, maxNorm: 0, averageWeights: 0)

  /// As the manifest keeps them; the keys are the programs' flags.
  var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = [
      "hidden": JSONValue(hidden), "optimizer": JSONValue(optimizer.rawValue),
      "learning-rate": JSONValue(learningRate), "schedule": JSONValue(schedule.rawValue),
      "warm-up": JSONValue(warmUp), "epochs": JSONValue(epochs), "batch-size": JSONValue(batchSize),
      "input-dropout": JSONValue(inputDropout), "hidden-dropout": JSONValue(hiddenDropout),
      "max-norm": JSONValue(maxNorm), "average-weights": JSONValue(averageWeights), "seed": JSONValue(seed),
    ]
    // Without dropout it says nothing.
    if inputDropout > 0 || hiddenDropout > 0 { parameters["dropout"] = JSONValue(dropout.rawValue) }
    if optimizer == .sgd { parameters["momentum"] = JSONValue(momentum) }
    return parameters
  }

  var step: StepOptions {
    StepOptions(
      optimizer: optimizer == .sgd ? .sgd(momentum: Float(momentum)) : .adam,
      inputDropout: Float(inputDropout), hiddenDropout: Float(hiddenDropout),
      dropoutScope: dropout, maxNorm: Float(maxNorm), averageDecay: Float(averageWeights), seed: UInt64(seed))
  }

  var rates: LearningRateSchedule {
    LearningRateSchedule(
      peak: Float(learningRate), shape: schedule, warmUp: min(1, warmUp / Double(max(1, epochs))))
  }

  /// - Throws: `NetworkError.wrongOption` that names the flag, what it expects and what it found.
  package func check() throws {
    func expect(_ holds: Bool, _ flag: String, _ expected: String, _ found: Any) throws {
      guard holds else { throw NetworkError.wrongOption("\(flag): expected \(expected), found \(found)") }
    }
    try expect(hidden.allSatisfy { (1...65536).contains($0) }, "--hidden", "sizes of 1 to 65536", hidden)
    try expect(
      learningRate > 0 && learningRate.isFinite, "--learning-rate", "a positive number", learningRate)
    try expect((0..<1).contains(momentum), "--momentum", "0 to below 1", momentum)
    try expect(warmUp >= 0 && warmUp <= Double(epochs), "--warm-up", "0 to --epochs", warmUp)
    try expect((1...1_000_000).contains(epochs), "--epochs", "1 to 1000000", epochs)
    try expect((1...65536).contains(batchSize), "--batch-size", "1 to 65536", batchSize)
    try expect((0..<1).contains(inputDropout), "--input-dropout", "0 to below 1", inputDropout)
    try expect((0..<1).contains(hiddenDropout), "--hidden-dropout", "0 to below 1", hiddenDropout)
    try expect(maxNorm >= 0 && maxNorm.isFinite, "--max-norm", "0 (no limit) or more", maxNorm)
    try expect((0..<1).contains(averageWeights), "--average-weights", "0 (none) to below 1", averageWeights)
    try expect((0...1 << 53).contains(seed), "--seed", "0 to 2^53", seed)
    try expect(checkpointEvery > 0, "--checkpoint-every", "1 or more", checkpointEvery)
  }
}
