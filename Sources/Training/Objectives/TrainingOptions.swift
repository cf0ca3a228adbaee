import Networks
import Stage
import Storage

/// The hyper-parameters of a training. Their names, defaults, ranges and help are in `Hyperparameter.all`.
package struct TrainingOptions: Equatable, Sendable {
  /// Stochastic gradient descent with momentum, or Adam (Kingma & Ba 2015).
  package enum OptimizerName: String, Sendable, CaseIterable { case sgd, adam }

  /// A set of defaults, chosen by validation errors.
  package enum Role: Sendable {
    /// The large net of the paper, section 3, with dropout and max-norm.
    case teacher
    /// The small net of the paper, section 3, without regularisation.
    case student
  }

  /// Units of each hidden layer, from the inputs on.
  package var hidden: [Int] = []
  /// Factor of the random initial weights; not applied to the weights of a start model.
  package var initialScale = 1.0
  /// The update rule.
  package var optimizer = OptimizerName.sgd
  /// Peak learning rate; nil for the optimiser's default.
  package var learningRate: Double?
  /// Momentum of sgd, 0 to below 1.
  package var momentum = 0.0
  /// Course of the learning rate after the warm-up.
  package var schedule = LearningRateSchedule.Shape.constant
  /// Epochs over which the learning rate rises from zero; nil for one, or half of a short training.
  package var warmUp: Double?
  /// Passes over the selected examples; epoch e reads copy e modulo the number of copies.
  package var epochs = 1
  /// Largest number of examples in a step.
  package var batchSize = 1
  /// Dropout rate of the inputs, 0 to below 1.
  package var inputDropout = 0.0
  /// Dropout rate of the hidden units, 0 to below 1.
  package var hiddenDropout = 0.0
  /// Whether each example or each minibatch has its own dropout masks.
  package var dropout = DropoutScope.batch
  /// Largest norm of a hidden unit's incoming weights; 0 for no limit.
  package var maxNorm = 0.0
  /// Largest product of sgd's learning rate and the curvature of the loss; 0 for no limit.
  package var stepLimit = 0.0
  /// EMA decay of the weights; the averaged weights are saved (0: off).
  package var averageWeights = 0.0
  /// Epochs without fewer validation errors after which the training ends and saves the best weights (0: off).
  package var earlyStopping = 0
  /// Seed of the initial weights, the order of examples and the dropout masks.
  package var seed = 0
  /// Steps between checkpoints; does not affect the result.
  package var checkpointEvery = 1

  /// The defaults of a role.
  package init(_ role: Role) {
    for parameter in Hyperparameter.all { parameter.setDefault(role, &self) }
  }

  /// Peak learning rate.
  package var peakRate: Double {
    // The gradient of a small batch is mostly noise. Momentum averages it over many batches, which works only if the
    // weights move little meanwhile: below 128 examples the rate shrinks with the batch.
    learningRate ?? (optimizer == .adam ? 0.001 : 0.1 * min(1, Double(batchSize) / 128))
  }
  /// Epochs over which the learning rate rises from 0.
  package var warmUpEpochs: Double { warmUp ?? min(1, Double(epochs) / 2) }

  /// The manifest's parameters; the keys are the programs' flags.
  package var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = [:]
    for parameter in Hyperparameter.all { parameters[parameter.name] = parameter.value(self) }
    return parameters
  }

  var step: StepOptions {
    StepOptions(
      optimizer: optimizer == .sgd ? .sgd(momentum: Float(momentum)) : .adam,
      inputDropout: Float(inputDropout), hiddenDropout: Float(hiddenDropout),
      dropoutScope: dropout, maxNorm: Float(maxNorm), averageDecay: Float(averageWeights),
      stepLimit: Float(stepLimit), seed: UInt64(seed))
  }

  var rates: LearningRateSchedule {
    LearningRateSchedule(
      peak: Float(peakRate), shape: schedule, warmUp: min(1, warmUpEpochs / Double(max(1, epochs))))
  }

  /// Checks options that depend on each other.
  ///
  /// - Throws: `ParameterError.wrongValue`.
  package func check() throws {
    guard warmUpEpochs <= Double(epochs) else {
      throw ParameterError.wrongValue(
        parameter: "warm-up", expected: "at most the \(epochs) epochs of the training",
        found: String(warmUpEpochs))
    }
  }
}
