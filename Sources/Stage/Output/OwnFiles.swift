import Foundation
import Storage

/// The stage's own files in a directory: only those that its manifest or plan lists. All deletion of data files goes
/// through this type, so a user's files are never deleted.
struct OwnFiles {
  /// Files of every directory other than data.
  static let withoutData: Set<String> = [
    Manifest.fileName, PlanRecord.fileName, Locations.fileName, StageLog.fileName,
  ]

  private let directory: String
  /// Relative paths of the files.
  private let files: Set<String>
  /// Relative paths of the folders that contain them.
  private let folders: Set<String>

  /// Collects the paths.
  ///
  /// - Parameters:
  ///   - directory: path of the directory.
  ///   - records: records of its present or planned content.
  ///   - scratch: files that a run keeps until it is finished.
  init(_ directory: String, _ records: [PlanRecord], scratch: [String]) {
    self.directory = directory
    var files = Self.withoutData.union(scratch)
    for record in records { files.formUnion(record.outputs.lazy.map(\.path)) }
    var folders: Set<String> = []
    // Including all parent folders, so that no empty one is left behind.
    for path in files where path.utf8.contains(UInt8(ascii: "/")) {
      var folder = FileSystem.parent(path)
      while folder != ".", folders.insert(folder).inserted { folder = FileSystem.parent(folder) }
    }
    (self.files, self.folders) = (files, folders)
  }

  /// The first foreign entry in the order of names; nil if there is none.
  ///
  /// - Throws: `StorageError` if a folder cannot be listed.
  func foreigner() throws -> String? { try foreigner(in: nil) }

  private func foreigner(in folder: String?) throws -> String? {
    let place = folder.map { FileSystem.join(directory, $0) } ?? directory
    for name in try FileSystem.list(place) where !AtomicFile.isTemporary(name) {
      let path = folder.map { "\($0)/\(name)" } ?? name
      let isFolder = try Self.isFolder(FileSystem.join(directory, path))
      // A folder with the name of a stage's file is foreign, and so is a link with the name of a stage's folder.
      if files.contains(path) || (folder == nil && PartRecord.isName(name)), !isFolder { continue }
      guard folders.contains(path), isFolder else { return path }
      if let found = try foreigner(in: path) { return found }
    }
    return nil
  }

  /// Removes all of the stage's files except `kept`, then folders that are empty. Foreign files stay, and so do files
  /// behind a link.
  ///
  /// - Throws: `StorageError`.
  func remove(keeping kept: Set<String> = []) throws {
    // Plan and manifest are removed last: as long as they exist, another run can complete a removal that was killed.
    let last = [PlanRecord.fileName, Manifest.fileName]
    for name in try PartRecord.names(in: directory) where !kept.contains(name) {
      try Self.remove(FileSystem.join(directory, name))
    }
    for path in files.subtracting(kept).subtracting(last).sorted() + last
    where try !kept.contains(path) && !isBehindLink(path) {
      try Self.remove(FileSystem.join(directory, path))
    }
    // Deeper folders first: a subfolder's path is always longer than its parent's.
    for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) where try !isBehindLink(folder) {
      let place = FileSystem.join(directory, folder)
      guard FileSystem.kind(place) == .directory else { continue }
      try AtomicFile.removeTemporaries(in: place)
      // Fails if the folder contains a user's file, as intended.
      _ = rmdir(place)
    }
  }

  /// Removes one of the stage's files. A folder with its name is foreign and stays.
  ///
  /// - Throws: `StorageError.writeFailed`.
  static func remove(_ path: String) throws {
    guard unlink(path) != 0, ![ENOENT, EISDIR, EPERM, ENOTDIR].contains(errno) else { return }
    throw StorageError.writeFailed(path: path, operation: "unlink", code: errno)
  }

  /// The first of `paths`, relative to the directory, that is a folder and therefore cannot be replaced by a file.
  ///
  /// - Throws: `StorageError.unreadable`.
  func folder(at paths: some Sequence<String>) throws -> String? {
    try paths.first { try Self.isFolder(FileSystem.join(directory, $0)) }
  }

  private static func isFolder(_ path: String) throws -> Bool {
    try !FileSystem.isLink(path) && FileSystem.type(path) == .directory
  }

  /// Refuses a symbolic link in place of a stage's folder, because files would be written outside the directory.
  ///
  /// - Throws: `StageError.link`; `StorageError.unreadable`.
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
