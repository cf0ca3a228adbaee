import Storage
import Synchronization

/// A file or a folder of files that was read, and how it looked then.
package struct KnownFile: Hashable, Sendable {
  /// How something looks from outside.
  package enum Look: Hashable, Sendable {
    case file(FileStamp)
    /// Over the names and stamps of its files.
    case folder(Digest)
  }

  /// Of its bytes.
  package let digest: Digest
  /// While it looks like this its bytes are those of the digest.
  package let look: Look
  /// What else was found when it was read.
  package let facts: [String: Int]

  /// - Parameters:
  ///   - digest: of its bytes.
  ///   - look: how it looked before and after it was read.
  ///   - facts: what else was found; no name that a stamp has.
  package init(digest: Digest, look: Look, facts: [String: Int] = [:]) {
    (self.digest, self.look, self.facts) = (digest, look, facts)
  }

  /// As `locations.json` keeps it; nil where a number is missing.
  init?(digest: Digest, stamps: Digest?, _ numbers: [String: Int]) {
    if let stamps {
      self.init(digest: digest, look: .folder(stamps), facts: numbers)
      return
    }
    guard let device = numbers["device"], let inode = numbers["inode"], let bytes = numbers["bytes"],
      let modified = numbers["modified"], let changed = numbers["changed"]
    else { return nil }
    self.init(
      digest: digest,
      look: .file(
        FileStamp(device: device, inode: inode, bytes: bytes, modified: modified, changed: changed)))
  }

  var members: [String: JSONValue] {
    var members = facts.mapValues { JSONValue($0) }
    members["sha256"] = JSONValue(digest)
    switch look {
    case .folder(let stamps): members["stamps"] = JSONValue(stamps)
    case .file(let stamp):
      members["device"] = JSONValue(stamp.device)
      members["inode"] = JSONValue(stamp.inode)
      members["bytes"] = JSONValue(stamp.bytes)
      members["modified"] = JSONValue(stamp.modified)
      members["changed"] = JSONValue(stamp.changed)
    }
    return members
  }
}

/// Digests of the files that a stage reads, taken from `locations.json` of its outputs where a file still looks as it did
/// then, so that the question "is all up to date?" does not read gigabytes.
package final class FileDigests: Sendable {
  private let known: Mutex<[KnownFile.Look: KnownFile]>

  /// - Parameter directories: outputs of earlier runs; those that are not there say nothing.
  package init(rememberedIn directories: [String] = []) {
    let files = directories.flatMap { Locations(directory: $0).known }
    known = Mutex(Dictionary(files.map { ($0.look, $0) }) { first, _ in first })
  }

  /// An input of a stage.
  ///
  /// - Parameters:
  ///   - name: what it is used as.
  ///   - path: of a regular file.
  /// - Returns: with its digest, remembered or taken now.
  /// - Throws: `StorageError.missing`, `.unreadable`.
  package func input(_ name: String, _ path: String) throws -> Plan.Input {
    if let stamp = FileStamp(ofFile: path), let file = self[.file(stamp)] {
      return Plan.Input(name: name, digest: file.digest, path: path, file: file)
    }
    let (digest, stamp) = try Digest.stamped(ofFile: path)
    let file = stamp.map { KnownFile(digest: digest, look: .file($0)) }
    if let file { known.withLock { $0[file.look] = file } }
    return Plan.Input(name: name, digest: digest, path: path, file: file)
  }

  /// What was read when it looked like this; nil of what was not, or is not remembered.
  package subscript(look: KnownFile.Look) -> KnownFile? { known.withLock { $0[look] } }
}
