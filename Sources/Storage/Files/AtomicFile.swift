import Foundation

/// Files that appear whole or not at all.
package enum AtomicFile {
  /// Ends the names of files that are being written; `isTemporary` tells with certainty.
  package static let temporarySuffix = TemporaryName.suffix

  /// Writes `bytes` beside `path`, flushes them, renames them to `path` and flushes the directory, so a
  /// reader never sees half a file and a crash leaves the old one.
  ///
  /// - Throws: `StorageError.cannotCreate` if the file cannot be made, `.writeFailed` after that.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try TemporaryFile(for: path)
    try file.write(bytes)
    try file.commit()
  }

  /// Whether a file of this name is one in the making, of this program or of its like on any machine.
  package static func isTemporary(_ name: String) -> Bool { TemporaryName(name) != nil }

  /// Removes what killed runs left in `directory`: regular files whose name has exactly our form, and whose
  /// process is gone. Those of other machines stay, because nobody here knows whether they are being written.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`, `.writeFailed`.
  package static func removeTemporaries(in directory: String) throws {
    try removeTemporaries(in: directory) { _ in true }
  }

  /// Removes what killed runs left of the file `path`.
  static func removeTemporaries(of path: String) throws {
    let own = TemporaryName(for: FileSystem.name(path))
    try removeTemporaries(in: FileSystem.parent(path)) { $0.isOfSameFile(as: own) }
  }

  private static func removeTemporaries(in directory: String, where isMeant: (TemporaryName) -> Bool) throws {
    for entry in try FileSystem.entries(directory) {
      guard let name = entry.text.flatMap({ TemporaryName($0) }), isMeant(name), name.isAbandoned else {
        continue
      }
      let path = FileSystem.join(directory, name.text)
      // No link and no folder, whatever its name: we make regular files alone.
      guard let status = try FileSystem.status(path, followingLinks: false),
        FileType(mode: status.st_mode) == .file
      else { continue }
      // Gone already: another run tidies the same directory.
      guard unlink(path) == 0 || errno == ENOENT else {
        throw StorageError.writeFailed(path: path, operation: "unlink", code: errno)
      }
    }
  }
}
