import Storage
import Synchronization

/// The cached digest of a file or folder, with the stamps under which it is valid.
package struct KnownFile: Hashable, Sendable {
  /// State of a file or folder as far as it can be seen without reading it.
  package enum Look: Hashable, Sendable {
    case file(FileStamp)
    /// Digest over the names and stamps of the folder's files.
    case folder(Digest)
  }

  /// Digest of the content.
  package let digest: Digest
  /// The digest is valid while the file or folder has this state.
  package let look: Look
  /// Other numbers found during reading, such as an image folder's size.
  package let facts: [String: Int]

  /// - Parameters:
  ///   - digest: digest of the content.
  ///   - look: the state, equal before and after reading.
  ///   - facts: other numbers found during reading; their names must differ from those of a stamp.
  package init(digest: Digest, look: Look, facts: [String: Int] = [:]) {
    (self.digest, self.look, self.facts) = (digest, look, facts)
  }

  /// From the members in `locations.json`; nil if a number is missing.
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

/// Digests of the files that a stage reads. A digest is taken from the `locations.json` of earlier outputs if the
/// file is unchanged since, so that checking whether everything is up to date does not read gigabytes.
package final class FileDigests: Sendable {
  private let known: Mutex<[KnownFile.Look: KnownFile]>

  /// - Parameter directories: outputs of earlier runs; missing ones are ignored.
  package init(rememberedIn directories: [String] = []) {
    let files = directories.flatMap { Locations(directory: $0).known }
    known = Mutex(Dictionary(files.map { ($0.look, $0) }) { first, _ in first })
  }

  /// An input of a stage.
  ///
  /// - Parameters:
  ///   - name: the input's name in the manifest.
  ///   - path: path of a regular file.
  /// - Returns: the input with its digest, cached or computed now.
  /// - Throws: as `Digest.init(ofFile:)`.
  package func input(_ name: String, _ path: String) throws -> Plan.Input {
    if let stamp = FileStamp(ofFile: path), let file = self[.file(stamp)] {
      return Plan.Input(name: name, digest: file.digest, path: path, file: file)
    }
    let (digest, stamp) = try Digest.stamped(ofFile: path)
    let file = stamp.map { KnownFile(digest: digest, look: .file($0)) }
    if let file { known.withLock { $0[file.look] = file } }
    return Plan.Input(name: name, digest: digest, path: path, file: file)
  }

  /// The cached digest for this state; nil if there is none.
  package subscript(look: KnownFile.Look) -> KnownFile? { known.withLock { $0[look] } }
}
