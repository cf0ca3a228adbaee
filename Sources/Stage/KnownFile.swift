import Storage
import Synchronization

/// A file that was read, and how it looked then.
package struct KnownFile: Hashable, Sendable {
  /// Of its bytes.
  package let digest: Digest
  /// While the file looks like this its bytes are those of the digest.
  package let stamp: FileStamp

  init(digest: Digest, stamp: FileStamp) { (self.digest, self.stamp) = (digest, stamp) }

  /// As `locations.json` keeps it; nil where a number is missing.
  init?(digest: Digest, _ numbers: [String: Int]) {
    guard let device = numbers["device"], let inode = numbers["inode"], let bytes = numbers["bytes"],
      let modified = numbers["modified"], let changed = numbers["changed"]
    else { return nil }
    self.init(
      digest: digest,
      stamp: FileStamp(device: device, inode: inode, bytes: bytes, modified: modified, changed: changed))
  }

  var members: [String: JSONValue] {
    [
      "sha256": JSONValue(digest), "device": JSONValue(stamp.device), "inode": JSONValue(stamp.inode),
      "bytes": JSONValue(stamp.bytes), "modified": JSONValue(stamp.modified),
      "changed": JSONValue(stamp.changed),
    ]
  }
}

/// Digests of the files that a stage reads, taken from `locations.json` of its outputs where a file still looks as it did
/// then, so that the question "is all up to date?" does not read gigabytes.
package final class FileDigests: Sendable {
  private let known: Mutex<[FileStamp: Digest]>

  /// - Parameter directories: outputs of earlier runs; those that are not there say nothing.
  package init(rememberedIn directories: [String] = []) {
    let files = directories.flatMap { Locations(directory: $0).known }
    known = Mutex(Dictionary(files.map { ($0.stamp, $0.digest) }) { first, _ in first })
  }

  /// An input of a stage.
  ///
  /// - Parameters:
  ///   - name: what it is used as.
  ///   - path: of a regular file.
  /// - Returns: with its digest, remembered or taken now.
  /// - Throws: `StorageError.missing`, `.unreadable`.
  package func input(_ name: String, _ path: String) throws -> Plan.Input {
    if let stamp = FileStamp(ofFile: path), let digest = known.withLock({ $0[stamp] }) {
      return Plan.Input(
        name: name, digest: digest, path: path, file: KnownFile(digest: digest, stamp: stamp))
    }
    let (digest, stamp) = try Digest.stamped(ofFile: path)
    if let stamp { known.withLock { $0[stamp] = digest } }
    return Plan.Input(
      name: name, digest: digest, path: path, file: stamp.map { KnownFile(digest: digest, stamp: $0) })
  }
}
