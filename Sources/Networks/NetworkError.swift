import Storage

/// What can be wrong with a model or a training.
package enum NetworkError: Failure, Equatable {
  case wrongArchitecture(path: String, reason: String)
  case notFinite(path: String, tensor: String, index: Int)
  case diverged(epoch: Int, step: Int)
  case wrongOption(String)

  package var kind: FailureKind {
    switch self {
    case .wrongOption: .usage
    default: .badData
    }
  }

  package var description: String {
    switch self {
    case .wrongArchitecture(let path, let reason): "\(path): \(reason); give a model of ours"
    case .notFinite(let path, let tensor, let index):
      "\(path): tensor '\(tensor)': expected finite numbers, found NaN or infinity at element \(index); "
        + "train the model again"
    case .diverged(let epoch, let step):
      "training diverged: expected a finite loss, found none in epoch \(epoch), step \(step); "
        + "lower --learning-rate"
    case .wrongOption(let reason): reason
    }
  }
}
