import Foundation
import Stage
import Storage

/// What can go wrong in a training whose inputs are right.
package enum TrainingError: Failure, Equatable {
  /// The loss or a weight is no number.
  case diverged(epoch: Int, step: Int)
  /// The loss is far above that of a net that says nothing.
  case exploded(epoch: Int, step: Int, loss: Double, uninformed: Double)
  /// No unit of a hidden layer is above zero for any image looked at; layers count from 1 on.
  case dead(epoch: Int, layer: Int, units: Int)
  /// In the last epoch the net was right no more often than by always naming the most frequent class.
  case atChance(epoch: Int, right: Int, frequent: Int, examples: Int)

  package var kind: FailureKind { .badData }

  /// Whether smaller steps may help.
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
