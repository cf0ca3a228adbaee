import Storage

/// Protects finished directories: a file written into one could change data that its manifest describes.
package enum OwnedPath {
  /// Throws if `path` lies inside a finished directory, at any depth.
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
