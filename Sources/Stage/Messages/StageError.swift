import Storage

/// Errors of input and output directories, and the interruption by a signal.
package enum StageError: Failure, Equatable {
  /// `holds`: names of finished directories directly below, one of which may have been meant.
  case notFinished(path: String, holds: [String])
  case wrongManifest(path: String, reason: String)
  case wrongKind(path: String, expected: [DirectoryKind], found: DirectoryKind)
  case madeOtherwise(path: String, differences: [String])
  case notOurs(path: String, found: String)
  /// `input` and `output` are the same directory, or one contains the other.
  case overlap(output: String, input: String)
  case link(path: String)
  /// A file inside a finished directory.
  case ownedFile(path: String, directory: String)
  case locked(path: String)
  case replaced(path: String)
  /// `shards`: positions of the missing shards, as ranges.
  case partsMissing(path: String, count: Int, of: Int, shards: String)
  case interrupted(signal: Int32)

  package var kind: FailureKind {
    switch self {
    case .notFinished, .wrongManifest, .wrongKind, .partsMissing, .interrupted: .badData
    case .madeOtherwise, .notOurs, .overlap, .link, .ownedFile: .cannotCreate
    case .locked, .replaced: .locked
    }
  }

  package var description: String {
    switch self {
    case .notFinished(let path, let holds):
      holds.isEmpty
        ? "\(path): no manifest.json: not a finished output; run the stage that makes it to its end"
        : "\(path): no manifest.json here; it holds \(holds.joined(separator: ", ")): give one of them"
    case .wrongManifest(let path, let reason):
      "\(path): \(reason); make the directory again with the stage that wrote it"
    case .wrongKind(let path, let expected, let found):
      "\(path): expected \(expected.map(\.name).joined(separator: " or ")), found \(found.name)"
    case .madeOtherwise(let path, let differences):
      "\(path) already exists with other settings (\(differences.joined(separator: "; ")))"
    case .notOurs(let path, let found):
      "\(path): expected an empty directory or one of ours, found '\(found)'"
    case .overlap(let output, let input):
      "\(output): expected an output apart from the input \(input), found one inside the other"
    case .link(let path):
      "\(path): expected a file or folder of ours, found a link; move it away"
    case .ownedFile(let path, let directory):
      "\(path): expected a file apart from finished directories, found one inside \(directory); choose another"
    case .locked(let path):
      "\(path): another run is working on this directory; wait for it to end"
    case .replaced(let path):
      "\(path): was replaced by another run while it was read; run the same command again"
    case .partsMissing(let path, let count, let all, let shards):
      "\(path): \(count) of \(all) shards are missing: \(shards)"
    case .interrupted(let signal):
      "stopped by signal \(signal); what is done is kept: the same command goes on from here"
    }
  }
}
