import Storage

/// Files that belong to a finished directory are not written over: it would no longer be what its manifest says.
package enum OwnedPath {
  /// Throws if a manifest above names the file at `path`.
  ///
  /// - Throws: `StageError.ownedFile`.
  package static func check(_ path: String) throws {
    let file = FileSystem.absolute(path)
    var directory = FileSystem.parent(file)
    while directory != "/" {
      if FileSystem.kind(FileSystem.join(directory, Manifest.fileName)) == .file {
        throw StageError.ownedFile(path: path, directory: FileSystem.shortened(directory))
      }
      directory = FileSystem.parent(directory)
    }
  }
}
