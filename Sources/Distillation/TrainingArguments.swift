import ArgumentParser
import Networks
import Stage

/// Options of the programs that train.
package struct TrainingArguments: ParsableArguments {
  private static let largestSeedCount = 10_000

  @Option(help: "Units of each hidden layer (default: 1200,1200 for teachers, 800,800 for students).")
  var hidden: String?

  @Option(help: "sgd or adam (default: adam for teachers, sgd for students).")
  var optimizer: TrainingOptions.OptimizerName?

  @Option(help: "Peak learning rate (default: 0.1 for sgd, 0.001 for adam).")
  var learningRate: Double?

  @Option(help: "Momentum of sgd (default: 0.9).")
  var momentum: Double?

  @Option(help: "constant, linear or cosine, after the warm-up (default: cosine).")
  var schedule: LearningRateSchedule.Shape?

  @Option(help: "Epochs of warm-up (default: 1).")
  var warmUp: Double?

  @Option(help: "Passes over the set (default: 60 for teachers, 30 for students).")
  var epochs: Int?

  @Option(help: "Examples in a step (default: 128).")
  var batchSize: Int?

  @Option(help: "Share of the inputs that is dropped (default: 0.1 for teachers, 0 for students).")
  var inputDropout: Double?

  @Option(help: "Share of the hidden units that is dropped (default: 0.4 for teachers, 0 for students).")
  var hiddenDropout: Double?

  @Option(help: "Whether each example or each minibatch has dropout masks of its own (default: batch).")
  var dropout: DropoutScope?

  @Option(help: "Largest norm of a hidden unit's incoming weights, 0 for none (default: 2 for teachers).")
  var maxNorm: Double?

  @Option(
    help:
      "Decay of the average of the weights, saved in their place; 0 for none (default: 0.999 for teachers).")
  var averageWeights: Double?

  @Option(help: "Makes all that is random repeatable (default: 0).")
  var seed: Int?

  @Option(
    help: ArgumentHelp(
      "Train one net for each seed, such as 0-9 or 1,4,7-9, in OUTPUT/seed=K; as many at a time as there are "
        + "threads.", valueName: "list"))
  var seeds: String?

  @Option(help: "Steps between checkpoints (default: 2000). The result does not depend on it.")
  var checkpointEvery: Int?

  package init() {}

  /// What was given, and `defaults` for the rest.
  ///
  /// - Throws: `NetworkError.wrongOption`.
  package func options(defaults: TrainingOptions) throws -> TrainingOptions {
    var options = defaults
    if let hidden { options.hidden = try Self.sizes(hidden) }
    if let optimizer {
      options.optimizer = optimizer
      options.learningRate = optimizer == .adam ? 0.001 : 0.1
    }
    options.learningRate = learningRate ?? options.learningRate
    options.momentum = momentum ?? options.momentum
    options.schedule = schedule ?? options.schedule
    options.epochs = epochs ?? options.epochs
    options.warmUp = warmUp ?? min(options.warmUp, Double(options.epochs) / 2)
    options.batchSize = batchSize ?? options.batchSize
    options.inputDropout = inputDropout ?? options.inputDropout
    options.hiddenDropout = hiddenDropout ?? options.hiddenDropout
    options.dropout = dropout ?? options.dropout
    options.maxNorm = maxNorm ?? options.maxNorm
    options.averageWeights = averageWeights ?? options.averageWeights
    options.seed = seed ?? options.seed
    options.checkpointEvery = checkpointEvery ?? options.checkpointEvery
    try options.check()
    return options
  }

  /// The seeds of `--seeds`, each once; nil without it.
  ///
  /// - Throws: `NetworkError.wrongOption`.
  func seedList() throws -> [Int]? {
    guard let seeds else { return nil }
    func wrong() -> NetworkError {
      .wrongOption("--seeds: expected a list such as 0-9 or 1,4,7-9 and no --seed, found '\(seeds)'")
    }
    guard seed == nil else { throw wrong() }
    var list: [Int] = []
    for part in seeds.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        last - first < Self.largestSeedCount
      else { throw wrong() }
      for seed in first...last where !list.contains(seed) { list.append(seed) }
    }
    return list
  }

  /// `none` is a net without hidden layers.
  private static func sizes(_ text: String) throws -> [Int] {
    guard text != "none" else { return [] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let size = Int($0) else {
        throw NetworkError.wrongOption("--hidden: expected sizes such as 800,800 or none, found '\(text)'")
      }
      return size
    }
  }
}

extension TrainingOptions.OptimizerName: ExpressibleByArgument {}
extension DropoutScope: ExpressibleByArgument {}
extension LearningRateSchedule.Shape: ExpressibleByArgument {}
