import Storage

/// What can go wrong in a training whose inputs are right.
package enum TrainingError: Failure, Equatable {
  case diverged(epoch: Int, step: Int)

  package var kind: FailureKind { .badData }

  package var description: String {
    switch self {
    case .diverged(let epoch, let step):
      "training diverged: expected a finite loss, found none in epoch \(epoch), step \(step); "
        + "lower --learning-rate"
    }
  }
}
