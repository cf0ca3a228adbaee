import Foundation

extension FileSystem {
  /// Sorted names in a directory. Names that are not UTF-8 are listed as `FileName.shown`, so that a directory with
  /// only such files does not look empty. Those texts open no file: use `entries` to remove or rename everything.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`.
  package static func list(_ directory: String) throws -> [String] {
    try entries(directory).map(\.shown).sorted()
  }

  /// Raw names in a directory, sorted by their bytes.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`.
  package static func entries(_ directory: String) throws -> [FileName] {
    guard let descriptor = Descriptor.open(directory, O_RDONLY | O_DIRECTORY) else {
      throw try cannotOpenDirectory(directory, code: errno)
    }
    return try entries(descriptor, path: directory)
  }

  /// Raw names in an open directory, sorted by their bytes.
  ///
  /// - Throws: `StorageError.unreadable`.
  static func entries(_ directory: borrowing Descriptor, path: String) throws -> [FileName] {
    // A second descriptor: reading would move the offset of the first one, and `closedir` would close it.
    let own = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0 else { throw StorageError.unreadable(path: path, code: errno) }
    guard let stream = fdopendir(own) else {
      let code = errno
      close(own)
      throw StorageError.unreadable(path: path, code: code)
    }
    defer { closedir(stream) }
    var names: [FileName] = []
    while true {
      // `readdir` returns nil both at the end and on an error; only errno tells them apart, so it is cleared first.
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        guard code == 0 else { throw StorageError.unreadable(path: path, code: code) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { FileName(cString: $0) }
      if name.bytes != Array(".".utf8) && name.bytes != Array("..".utf8) { names.append(name) }
    }
    // The order of `readdir` differs between file systems, and no result may depend on it.
    return names.sorted()
  }
}
