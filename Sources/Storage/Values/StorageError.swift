/// Every error of reading and writing files, with the values that explain it; `code` is an `errno`.
package enum StorageError: Failure, Equatable {
  // Type of the entry at a path.
  case missing(path: String)
  case notAFile(path: String, found: FileType)
  /// A directory was to be written.
  case notADirectory(path: String, found: FileType = .file)
  /// A directory was to be read.
  case expectedDirectory(path: String, found: FileType)
  case missingParent(path: String, parent: String)
  case linkInTheWay(path: String)

  // Errors of the operating system.
  case unreadable(path: String, code: Int32)
  case cannotCreate(path: String, code: Int32)
  case writeFailed(path: String, operation: String, code: Int32)
  case outOfMemory(path: String, bytes: Int)
  /// The file system lacks this operation; nothing has changed, and the caller may use another way.
  case unsupported(path: String, operation: String)

  // Content of a file.
  case tooLarge(path: String, bytes: Int, limit: Int)
  case truncated(path: String, expected: Int, found: Int)
  case trailingBytes(path: String, expected: Int, found: Int)
  case wrongFormat(path: String, expected: FileSignature, found: FileSignature)
  case wrongMagic(path: String, expected: String, found: String)
  case malformed(path: String, reason: String)
  case damagedFrame(path: String, reason: String)
  case missingTensor(path: String, name: String)
  case wrongType(path: String, tensor: String, expected: String, found: String)
  case wrongShape(path: String, tensor: String, expected: String, found: [Int])
  case valueTooLarge(path: String, tensor: String, index: Int, value: UInt64)
  case wrongDigest(path: String, expected: Digest, found: Digest)

  // Refused before writing, because readers would refuse the file.
  case contentTooLarge(path: String, bytes: Int, limit: Int)

  package var kind: FailureKind {
    switch self {
    case .missing: .missingInput
    case .unreadable, .writeFailed, .outOfMemory: .inputOutput
    case .cannotCreate, .notADirectory, .missingParent, .linkInTheWay, .unsupported, .contentTooLarge:
      .cannotCreate
    case .notAFile, .expectedDirectory, .tooLarge, .truncated, .trailingBytes, .wrongFormat, .wrongMagic,
      .malformed, .damagedFrame, .missingTensor, .wrongType, .wrongShape, .valueTooLarge, .wrongDigest:
      .badData
    }
  }
}
