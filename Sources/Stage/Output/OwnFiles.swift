import Foundation
import Storage

/// Which files of a directory are ours: those that its manifest or plan names, and no others. All that a stage
/// deletes it deletes here.
struct OwnFiles {
  /// Files beside the data.
  static let withoutData: Set<String> = [
    Manifest.fileName, PlanRecord.fileName, Locations.fileName, StageLog.fileName,
  ]

  private let directory: String
  /// Relative paths of files.
  private let files: Set<String>
  /// Relative paths of the folders that hold some of them.
  private let folders: Set<String>

  /// Collects the names.
  ///
  /// - Parameters:
  ///   - directory: where the files lie.
  ///   - records: what the directory is, or is going to be.
  ///   - scratch: files that a run keeps until it is finished.
  init(_ directory: String, _ records: [PlanRecord], scratch: [String]) {
    self.directory = directory
    var files = Self.withoutData.union(scratch)
    for record in records { files.formUnion(record.outputs.lazy.map(\.path)) }
    var folders: Set<String> = []
    // Every folder on the way, so that none is left empty.
    for path in files where path.utf8.contains(UInt8(ascii: "/")) {
      var folder = FileSystem.parent(path)
      while folder != ".", folders.insert(folder).inserted { folder = FileSystem.parent(folder) }
    }
    (self.files, self.folders) = (files, folders)
  }

  /// The first entry that is not ours, in the order of names; nil if all are.
  ///
  /// - Throws: `StorageError` if a folder cannot be listed.
  func foreigner() throws -> String? { try foreigner(in: nil) }

  private func foreigner(in folder: String?) throws -> String? {
    let place = folder.map { FileSystem.join(directory, $0) } ?? directory
    for name in try FileSystem.list(place) where !AtomicFile.isTemporary(name) {
      let path = folder.map { "\($0)/\(name)" } ?? name
      let isFolder = try Self.isFolder(FileSystem.join(directory, path))
      // A folder under the name of a file is somebody else's, and so is a link in place of a folder.
      if files.contains(path) || (folder == nil && PartRecord.isName(name)), !isFolder { continue }
      guard folders.contains(path), isFolder else { return path }
      if let found = try foreigner(in: path) { return found }
    }
    return nil
  }

  /// Removes all of ours but `kept`, and folders that are empty then. What else is there stays, and so does what
  /// lies behind a link.
  ///
  /// - Throws: `StorageError.writeFailed`.
  func remove(keeping kept: Set<String> = []) throws {
    // What tells that the files are ours goes last: a removal that was killed can be ended by another run.
    let last = [PlanRecord.fileName, Manifest.fileName]
    for name in try PartRecord.names(in: directory) where !kept.contains(name) {
      try Self.remove(FileSystem.join(directory, name))
    }
    for path in files.subtracting(kept).subtracting(last).sorted() + last
    where try !kept.contains(path) && !isBehindLink(path) {
      try Self.remove(FileSystem.join(directory, path))
    }
    // Deepest first.
    for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) where try !isBehindLink(folder) {
      let place = FileSystem.join(directory, folder)
      guard FileSystem.kind(place) == .directory else { continue }
      try AtomicFile.removeTemporaries(in: place)
      // It fails where something of the user's is inside, as it should.
      _ = rmdir(place)
    }
  }

  /// Removes one file of ours; a folder under its name is somebody else's, and stays.
  ///
  /// - Throws: `StorageError.writeFailed`.
  static func remove(_ path: String) throws {
    guard unlink(path) != 0, ![ENOENT, EISDIR, EPERM, ENOTDIR].contains(errno) else { return }
    throw StorageError.writeFailed(path: path, operation: "unlink", code: errno)
  }

  /// Of `paths`, relative to the directory, the first at which a folder stands, which no file of ours can replace.
  ///
  /// - Throws: `StorageError.unreadable`.
  func folder(at paths: some Sequence<String>) throws -> String? {
    try paths.first { try Self.isFolder(FileSystem.join(directory, $0)) }
  }

  private static func isFolder(_ path: String) throws -> Bool {
    try !FileSystem.isLink(path) && FileSystem.type(path) == .directory
  }

  /// Throws if a folder of ours is a link, which would lead our files out of the directory.
  ///
  /// - Throws: `StageError.link`.
  func checkLinks() throws {
    for folder in folders where try FileSystem.isLink(FileSystem.join(directory, folder)) {
      throw StageError.link(path: FileSystem.join(directory, folder))
    }
  }

  private func isBehindLink(_ path: String) throws -> Bool {
    var folder = FileSystem.parent(path)
    while folder != "." {
      if try FileSystem.isLink(FileSystem.join(directory, folder)) { return true }
      folder = FileSystem.parent(folder)
    }
    return false
  }
}
