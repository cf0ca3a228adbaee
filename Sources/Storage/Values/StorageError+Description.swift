import Foundation

extension StorageError {
  /// One line, safe for a terminal whatever characters its file names contain.
  package var description: String { text.printable }

  private var text: String {
    switch self {
    case .missing(let path):
      "\(path): no such file or directory; give the path of an existing one"
    case .notAFile(let path, let found):
      "\(path): expected a file, found \(found.rawValue); give the path of a file"
    case .notADirectory(let path, let found):
      "\(path): expected a directory, found \(found.rawValue); choose another output"
    case .expectedDirectory(let path, let found):
      "\(path): expected a directory, found \(found.rawValue); give the path of a directory"
    case .missingParent(let path, let parent):
      "\(path): cannot create: there is no directory \(parent); create it first"
    case .linkInTheWay(let path):
      "\(path): expected a directory, found a symbolic link, which is not followed here; remove it"
    case .unreadable(let path, let code):
      "\(path): cannot read: \(Self.reason(code))" + Self.adviceOfReading(code)
    case .cannotCreate(let path, let code):
      "\(path): cannot create: \(Self.reason(code))" + Self.adviceOfWriting(code)
    case .writeFailed(let path, let operation, let code):
      "\(path): \(operation) failed: \(Self.reason(code))" + Self.adviceOfWriting(code)
    case .outOfMemory(let path, let bytes):
      "\(path): out of memory: \(bytes) bytes are needed; free memory, or take smaller files or shards"
    case .unsupported(let path, let operation):
      "\(path): the file system does not support \(operation); choose a place on another one"
    case .contentTooLarge(let path, let bytes, let limit):
      "\(path): expected at most \(limit) bytes, found \(bytes) to write; make smaller shards"
    case .tooLarge(let path, let bytes, let limit):
      "\(path): expected at most \(limit) bytes, found a claim of \(bytes); the file is damaged or not ours"
    case .truncated(let path, let expected, let found):
      "\(path): truncated: expected \(expected) bytes, found \(found); fetch or rebuild it"
    case .trailingBytes(let path, let expected, let found):
      "\(path): trailing bytes: expected \(expected) bytes, found \(found); fetch or rebuild it"
    case .wrongFormat(let path, let expected, let found):
      "\(path): expected \(expected.rawValue), found \(found.rawValue); \(found.advice)"
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
    case .valueTooLarge(let path, let tensor, let index, let value):
      "\(path): tensor '\(tensor)', element \(index): expected at most \(Int.max), found \(value)"
    case .wrongDigest(let path, let expected, let found):
      "\(path): checksum mismatch: expected SHA-256 \(expected.short), found \(found.short); "
        + "rebuild it with the stage that wrote it"
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Advice for causes that the user can remove; empty for others, where a guess would mislead.
  private static func adviceOfReading(_ code: Int32) -> String {
    switch code {
    case EACCES, EPERM: "; check permissions"
    case ELOOP: "; mend the links, which lead in a circle"
    case EIO: "; check the disk"
    default: ""
    }
  }

  private static func adviceOfWriting(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "; free space, then run again"
    case EPIPE: "; the reader went away"
    case EIO: "; check the disk, then run again"
    case EROFS: "; choose a place that is not read-only"
    case EACCES, EPERM: "; check permissions, or choose another place"
    case ENOENT: "; create the directory first"
    case EFBIG: "; choose a file system, or a limit, that takes larger files"
    case EMFILE, ENFILE: "; close files, or raise the limit of open ones"
    default: ""
    }
  }
}
