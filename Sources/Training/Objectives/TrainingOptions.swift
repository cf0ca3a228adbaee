import Networks
import Stage
import Storage

/// What shapes a training. Names, defaults, ranges and help of all of it stand in `Hyperparameter.all`.
package struct TrainingOptions: Equatable, Sendable {
  /// Stochastic gradient descent with momentum, or Adam (Kingma & Ba 2015).
  package enum OptimizerName: String, Sendable, CaseIterable { case sgd, adam }

  /// For whom a training has defaults: those that the validation set favoured.
  package enum Role: Sendable {
    /// The large net of the paper, section 3, with dropout and max-norm.
    case teacher
    /// The small net, by vanilla backpropagation.
    case student
  }

  /// Units of each hidden layer, from the inputs on.
  package var hidden: [Int] = []
  /// Multiplies the random initial weights; says nothing about those of a model.
  package var initialScale = 1.0
  /// Which rule makes a step of a gradient.
  package var optimizer = OptimizerName.sgd
  /// Nil for the optimiser's own default.
  package var learningRate: Double?
  /// Share of the last step that is made again, 0 to below 1; of sgd alone.
  package var momentum = 0.0
  /// How the learning rate goes from its peak to the end.
  package var schedule = LearningRateSchedule.Shape.constant
  /// Epochs over which the learning rate rises from zero; nil for one, or half of a short training.
  package var warmUp: Double?
  /// Passes over what is taken of a copy.
  package var epochs = 1
  /// Examples in a step, at most.
  package var batchSize = 1
  /// Share of the inputs that a step leaves out, 0 to below 1.
  package var inputDropout = 0.0
  /// Share of the hidden units that a step leaves out, 0 to below 1.
  package var hiddenDropout = 0.0
  /// Whether each example has masks of its own, or the minibatch.
  package var dropout = DropoutScope.batch
  /// Largest norm of a hidden unit's incoming weights; 0 for no limit.
  package var maxNorm = 0.0
  /// Largest product of sgd's learning rate and the curvature of the loss; 0 for no limit.
  package var stepLimit = 0.0
  /// Decay of the average of the weights that is saved instead of the last ones; 0 for none.
  package var averageWeights = 0.0
  /// Epochs without fewer validation errors after which the training ends, with the weights of the best; 0 for never.
  package var earlyStopping = 0
  /// Of weights, order and dropout.
  package var seed = 0
  /// Steps between checkpoints; no part of the result.
  package var checkpointEvery = 1

  /// The defaults of a role.
  package init(_ role: Role) {
    for parameter in Hyperparameter.all { parameter.setDefault(role, &self) }
  }

  /// Peak of the learning rate.
  package var peakRate: Double {
    // A small batch's gradient is mostly noise, which a momentum of many of them averages only if each step is small.
    learningRate ?? (optimizer == .adam ? 0.001 : 0.1 * min(1, Double(batchSize) / 128))
  }
  /// Epochs of warm-up.
  package var warmUpEpochs: Double { warmUp ?? min(1, Double(epochs) / 2) }

  /// As the manifest keeps them; the keys are the programs' flags.
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

  /// Checks what no single value shows.
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
