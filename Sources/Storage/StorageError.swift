import Foundation

/// Every way in which a file can fail us, with the values that explain it.
package enum StorageError: Failure, Equatable {
  case missing(path: String)
  case unreadable(path: String, code: Int32)
  case notAFile(path: String)
  case notADirectory(path: String)
  case cannotCreate(path: String, code: Int32)
  case writeFailed(path: String, operation: String, code: Int32)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case truncated(path: String, expected: Int, found: Int)
  case trailingBytes(path: String, expected: Int, found: Int)
  case wrongMagic(path: String, expected: String, found: String)
  case malformed(path: String, reason: String)
  case damagedFrame(path: String, reason: String)
  case missingTensor(path: String, name: String)
  case wrongType(path: String, tensor: String, expected: String, found: String)
  case wrongShape(path: String, tensor: String, expected: String, found: [Int])
  case wrongDigest(path: String, expected: Digest, found: Digest)

  package var kind: FailureKind {
    switch self {
    case .missing: .missingInput
    case .unreadable, .writeFailed: .inputOutput
    case .cannotCreate, .notADirectory: .cannotCreate
    default: .badData
    }
  }

  package var description: String {
    switch self {
    case .missing(let path):
      "\(path): no such file or directory; give the path of an existing one"
    case .unreadable(let path, let code):
      "\(path): cannot read: \(reason(code)); check permissions and the disk"
    case .notAFile(let path):
      "\(path): expected a regular file, found something else; give the path of a file"
    case .notADirectory(let path):
      "\(path): expected a directory, found a file; choose another output"
    case .cannotCreate(let path, let code):
      "\(path): cannot create: \(reason(code)); choose a writable place with free space"
    case .writeFailed(let path, let operation, let code):
      "\(path): \(operation) failed: \(reason(code)); free space or repair the disk, then run again: "
        + "what is done is kept"
    case .tooLarge(let path, let bytes, let limit):
      "\(path): expected at most \(limit) bytes, found a claim of \(bytes); the file is damaged or not ours"
    case .truncated(let path, let expected, let found):
      "\(path): truncated: expected \(expected) bytes, found \(found); fetch or rebuild it"
    case .trailingBytes(let path, let expected, let found):
      "\(path): trailing bytes: expected \(expected) bytes, found \(found); fetch or rebuild it"
    case .wrongMagic(let path, let expected, let found):
      "\(path): wrong magic: expected \(expected), found \(found); is this the right file?"
    case .malformed(let path, let reason):
      "\(path): \(reason); fetch or rebuild it"
    case .damagedFrame(let path, let reason):
      "\(path): \(reason); rebuild it with the stage that wrote it"
    case .missingTensor(let path, let name):
      "\(path): no tensor named '\(name)'; is this the right kind of file?"
    case .wrongType(let path, let tensor, let expected, let found):
      "\(path): tensor '\(tensor)': expected type \(expected), found \(found)"
    case .wrongShape(let path, let tensor, let expected, let found):
      "\(path): tensor '\(tensor)': expected shape \(expected), found \(found)"
    case .wrongDigest(let path, let expected, let found):
      "\(path): checksum mismatch: expected SHA-256 \(expected.short), found \(found.short); "
        + "rebuild it with the stage that wrote it (same command with --check)"
    }
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
