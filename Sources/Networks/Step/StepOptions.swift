/// The examples that share a dropout mask.
package enum DropoutScope: String, Sendable, CaseIterable {
  /// None: each example has its own masks.
  case example
  /// All examples of a minibatch (Graham, Reizenstein & Robinson, arXiv 1502.02478).
  case batch
}

/// Settings of one training step except its learning rate.
package struct StepOptions: Equatable, Sendable {
  /// The update rule.
  package var optimizer: Optimizer
  /// Probability that an input is dropped, 0 or more and below 1.
  package var inputDropout: Float
  /// Probability that a hidden unit is dropped, 0 or more and below 1.
  package var hiddenDropout: Float
  /// The examples that share a dropout mask.
  package var dropoutScope: DropoutScope
  /// Upper limit of the L2 norm of a hidden unit's incoming weights (paper, section 3); 0 for no limit.
  package var maxNorm: Float
  /// EMA decay of the weights at each step; 0 for no EMA.
  package var averageDecay: Float
  /// Upper limit of learning rate times curvature of the loss by the weights (`TrainingStep+Curvature`); 0 for no
  /// limit. Only SGD obeys it.
  package var stepLimit: Float
  /// Seed of the dropout masks.
  package var seed: UInt64

  /// - Parameters:
  ///   - optimizer: the update rule.
  ///   - inputDropout: probability that an input is dropped, below 1.
  ///   - hiddenDropout: probability that a hidden unit is dropped, below 1.
  ///   - dropoutScope: the examples that share a mask.
  ///   - maxNorm: upper limit of the L2 norm of a hidden unit's incoming weights; 0 for no limit.
  ///   - averageDecay: EMA decay of the weights at each step; 0 for no EMA.
  ///   - stepLimit: upper limit of learning rate times curvature, for SGD; 0 for no limit.
  ///   - seed: of the dropout masks.
  package init(
    optimizer: Optimizer, inputDropout: Float = 0, hiddenDropout: Float = 0,
    dropoutScope: DropoutScope = .example, maxNorm: Float = 0,
    averageDecay: Float = 0, stepLimit: Float = 0, seed: UInt64 = 0
  ) {
    self.optimizer = optimizer
    self.inputDropout = inputDropout
    self.hiddenDropout = hiddenDropout
    self.dropoutScope = dropoutScope
    self.maxNorm = maxNorm
    self.averageDecay = averageDecay
    self.stepLimit = stepLimit
    self.seed = seed
  }
}
