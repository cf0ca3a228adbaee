import Foundation

/// Files that appear complete or not at all.
package enum AtomicFile {
  /// Suffix of files that are being written. A file of the user's may have it too; `isTemporary` checks the whole
  /// name.
  package static let temporarySuffix = TemporaryName.suffix

  /// Writes `bytes` to a temporary file beside `path`, flushes it, renames it to `path` and flushes the directory. A
  /// reader never sees a partial file, and a crash leaves the old one.
  ///
  /// - Throws: `StorageError.cannotCreate` if the file cannot be made, `.writeFailed` after that.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try TemporaryFile(for: path)
    try file.write(bytes)
    try file.commit()
  }

  /// Whether this is the name of a temporary file of these programs, on any machine.
  package static func isTemporary(_ name: String) -> Bool { TemporaryName(name) != nil }

  /// Removes temporary files of killed runs in `directory`: regular files with a name of exactly this form whose
  /// process no longer exists. Those of other machines stay, because their processes cannot be checked from here.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`, `.writeFailed`.
  package static func removeTemporaries(in directory: String) throws {
    try removeTemporaries(in: directory) { _ in true }
  }

  /// Removes temporary files of killed runs for the file `path`.
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
      // Links and directories stay, whatever their name: temporaries are always regular files.
      guard let status = try FileSystem.status(path, followingLinks: false),
        FileType(mode: status.st_mode) == .file
      else { continue }
      // ENOENT: another run is cleaning the same directory.
      guard unlink(path) == 0 || errno == ENOENT else {
        throw StorageError.writeFailed(path: path, operation: "unlink", code: errno)
      }
    }
  }
}
