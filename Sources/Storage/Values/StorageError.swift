/// Every way in which a file can fail us, with the values that explain it; `code` is an `errno`.
package enum StorageError: Failure, Equatable {
  // What is there.
  case missing(path: String)
  case notAFile(path: String, found: FileType)
  /// Where a directory is to be written.
  case notADirectory(path: String, found: FileType = .file)
  /// Where a directory is to be read.
  case expectedDirectory(path: String, found: FileType)
  case missingParent(path: String, parent: String)
  case linkInTheWay(path: String)

  // What the system says.
  case unreadable(path: String, code: Int32)
  case cannotCreate(path: String, code: Int32)
  case writeFailed(path: String, operation: String, code: Int32)
  case outOfMemory(path: String, bytes: Int)
  /// The file system cannot; nothing has changed, and the caller may do it otherwise.
  case unsupported(path: String, operation: String)

  // What a file says.
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

  // What we will not write.
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
