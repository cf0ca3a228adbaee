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
  /// Learning rate of the last step, of 32 bits.
  var lastRate = 0.0

  mutating func add(_ step: StepReport) {
    steps += 1
    examples += step.examples
    loss += step.loss
    uninformedLoss += step.uninformedLoss
    squaredGradient += step.squaredGradient
    hits += step.hits
    lastRate = Double(step.learningRate)
  }

  var meanLoss: Double { loss / Double(max(1, examples)) }
}
