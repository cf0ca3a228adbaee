import Storage

/// What can go wrong between stages.
package enum StageError: Failure, Equatable {
  case notFinished(path: String)
  case wrongManifest(path: String, reason: String)
  case wrongStage(path: String, expected: String, found: String)
  case madeOtherwise(path: String, differences: [String])
  case notOurs(path: String, found: String)
  case locked(path: String)
  case interrupted(signal: Int32)
  case badInput(path: String, reason: String)
  case usage(String)

  package var kind: FailureKind {
    switch self {
    case .notFinished, .wrongManifest, .wrongStage, .badInput, .interrupted: .badData
    case .madeOtherwise, .notOurs: .cannotCreate
    case .locked: .locked
    case .usage: .usage
    }
  }

  package var description: String {
    switch self {
    case .notFinished(let path):
      "\(path): no manifest.json: not a finished output; run the stage that makes it to its end"
    case .wrongManifest(let path, let reason):
      "\(path): \(reason); rebuild the directory with the stage that wrote it (--force)"
    case .wrongStage(let path, let expected, let found):
      "\(path): expected the output of \(expected), found that of \(found); give another directory"
    case .madeOtherwise(let path, let differences):
      "\(path): was made otherwise: \(differences.joined(separator: "; ")); "
        + "choose another --output, or replace it with --force"
    case .notOurs(let path, let found):
      "\(path): expected an empty directory or one of ours, found '\(found)'; choose another --output"
    case .locked(let path):
      "\(path): another run is working on this directory; wait for it to end"
    case .interrupted(let signal):
      "stopped by signal \(signal); what is done is kept: the same command goes on from here"
    case .badInput(let path, let reason): "\(path): \(reason)"
    case .usage(let reason): reason
    }
  }
}
