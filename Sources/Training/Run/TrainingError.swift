import Foundation
import Stage
import Storage

/// Failures of a training whose inputs are valid.
package enum TrainingError: Failure, Equatable {
  /// The loss, the gradient or a weight is not finite.
  case diverged(epoch: Int, step: Int)
  /// The loss is far above the loss at equal logits.
  case exploded(epoch: Int, step: Int, loss: Double, uninformed: Double)
  /// All units of a hidden layer are 0 for every image of the sample; layers count from 1.
  case dead(epoch: Int, layer: Int, units: Int)
  /// The accuracy in the last epoch is no better than always naming the most frequent class.
  case atChance(epoch: Int, right: Int, frequent: Int, examples: Int)

  package var kind: FailureKind { .badData }

  /// Whether a lower learning rate may help.
  var isOfLargeSteps: Bool {
    if case .atChance = self { false } else { true }
  }

  package var description: String {
    switch self {
    case .diverged(let epoch, let step):
      "training diverged: expected a finite loss, found none in epoch \(epoch), step \(step)"
    case .exploded(let epoch, let step, let loss, let uninformed):
      "training diverged: expected a loss near \(Format.significant(uninformed)) or less, that of a net that says "
        + "nothing, found \(Format.significant(loss)) in epoch \(epoch), step \(step)"
    case .dead(let epoch, let layer, let units):
      "training broke down: expected units above zero in hidden layer \(layer), found all \(units) dead after epoch "
        + "\(epoch)"
    case .atChance(let epoch, let right, let frequent, let examples):
      "training learnt nothing: expected more right than the \(frequent) examples of the most frequent class, found "
        + "\(right) of \(examples) in epoch \(epoch)"
    }
  }
}
