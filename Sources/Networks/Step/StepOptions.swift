/// For what a dropout mask is drawn.
package enum DropoutScope: String, Sendable, CaseIterable {
  /// Each example has masks of its own.
  case example
  /// All examples of a minibatch share their masks (Graham, Reizenstein & Robinson, arXiv 1502.02478).
  case batch
}

/// What shapes one training step beside its learning rate.
package struct StepOptions: Equatable, Sendable {
  /// How gradients become steps.
  package var optimizer: Optimizer
  /// Share of the inputs that is dropped, 0 to 1.
  package var inputDropout: Float
  /// Share of each hidden layer's units that is dropped, 0 to 1.
  package var hiddenDropout: Float
  /// For what a mask is drawn.
  package var dropoutScope: DropoutScope
  /// Largest L2 norm of the weights that come into a hidden unit (paper, section 3); 0 for no limit.
  package var maxNorm: Float
  /// Decay of the exponential average of the weights at each step; 0 for no average.
  package var averageDecay: Float
  /// Largest product of the learning rate and the curvature of the loss by the weights; 0 for no limit
  /// (`TrainingStep+Curvature`).
  package var stepLimit: Float
  /// Makes the dropout masks repeatable.
  package var seed: UInt64

  /// - Parameters:
  ///   - optimizer: how gradients become steps.
  ///   - inputDropout: share of the inputs that is dropped, below 1.
  ///   - hiddenDropout: share of each hidden layer's units that is dropped, below 1.
  ///   - dropoutScope: for what a mask is drawn.
  ///   - maxNorm: largest L2 norm of a hidden unit's incoming weights; 0 for no limit.
  ///   - averageDecay: of the average of the weights at each step; 0 for no average.
  ///   - stepLimit: largest product of learning rate and curvature; 0 for no limit.
  ///   - seed: makes the dropout masks repeatable.
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
