import Networks

/// Sums over the steps of an epoch so far.
struct EpochSums: Equatable {
  var steps = 0
  var examples = 0
  /// Sum over the examples, in nats.
  var loss = 0.0
  /// The same loss at equal logits.
  var uninformedLoss = 0.0
  /// Sum over the steps of the gradient's squared norm.
  var squaredGradient = 0.0
  /// Examples whose largest logit is that of the label.
  var hits = 0
  /// Learning rate of the last step.
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
