import Networks

/// What a training has summed up in an epoch, up to a step.
struct EpochSums: Equatable {
  var steps = 0
  var examples = 0
  /// In nats, over the examples.
  var loss = 0.0
  /// The same of a net that says nothing.
  var uninformedLoss = 0.0
  /// Squared norms, over the steps.
  var squaredGradient = 0.0
  /// Examples of which the largest output was the right one.
  var hits = 0

  mutating func add(_ step: StepReport) {
    steps += 1
    examples += step.examples
    loss += step.loss
    uninformedLoss += step.uninformedLoss
    squaredGradient += step.squaredGradient
    hits += step.hits
  }

  var meanLoss: Double { loss / Double(max(1, examples)) }

  /// The numbers, and how a file may keep them to the bit.
  static let reals: [(name: String, path: any WritableKeyPath<EpochSums, Double> & Sendable)] = [
    ("loss_sum", \.loss), ("uninformed_loss_sum", \.uninformedLoss),
    ("squared_gradient_sum", \.squaredGradient),
  ]
  static let counts: [(name: String, path: any WritableKeyPath<EpochSums, Int> & Sendable)] = [
    ("epoch_steps", \.steps), ("examples_seen", \.examples), ("hits", \.hits),
  ]
}
