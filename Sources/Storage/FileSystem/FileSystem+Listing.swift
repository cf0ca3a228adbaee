import Foundation

extension FileSystem {
  /// Names in a directory, sorted. One that is not UTF-8 is among them as `FileName.shown` has it, so that nobody
  /// takes a directory for empty that is not; it opens nothing, and who must remove or rename all takes `entries`.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`.
  package static func list(_ directory: String) throws -> [String] {
    try entries(directory).map(\.shown).sorted()
  }

  /// Names in a directory as they are, sorted by their bytes.
  ///
  /// - Throws: `StorageError.missing`, `.expectedDirectory`, `.unreadable`.
  package static func entries(_ directory: String) throws -> [FileName] {
    guard let descriptor = Descriptor.open(directory, O_RDONLY | O_DIRECTORY) else {
      throw try cannotOpenDirectory(directory, code: errno)
    }
    return try entries(descriptor, path: directory)
  }

  /// Names in an open directory, sorted by their bytes.
  ///
  /// - Throws: `StorageError.unreadable`.
  static func entries(_ directory: borrowing Descriptor, path: String) throws -> [FileName] {
    // A second descriptor, because reading moves the place in the first, and closing the stream closes it.
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
      // The end and a fault both give nil; only errno tells them apart.
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        guard code == 0 else { throw StorageError.unreadable(path: path, code: code) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { FileName(cString: $0) }
      if name.bytes != Array(".".utf8) && name.bytes != Array("..".utf8) { names.append(name) }
    }
    // Each file system has an order of its own, and no result may depend on it.
    return names.sorted()
  }
}
