import CSystem
import Foundation
import Storage

/// Replaces a directory: the new one is made completely in a staging directory and then moved into place, so that the
/// old one stays valid until then.
///
/// The staging directory lies beside the old one if the two can be exchanged atomically. It lies inside the old one
/// if that is a mount point, contains the working directory or files of the user (which must stay), or has a
/// read-only parent. Then files are moved one by one; the old manifest is removed first and the new one moved last.
struct Replacement {
  /// Name of the staging directory inside the old one.
  static let childName = ".next"

  /// The old directory, with links resolved.
  let target: String
  /// The staging directory.
  let staging: String
  private var isChild: Bool { FileSystem.parent(staging) == target }

  /// The staging directory beside `target`.
  private static func sibling(_ target: String) -> String {
    FileSystem.join(FileSystem.parent(target), ".\(FileSystem.name(target)).next")
  }

  /// Selects the staging directory: one that an earlier run began for the same plan, or else a usable place.
  ///
  /// - Parameters:
  ///   - target: the directory to replace, with links resolved.
  ///   - old: records of the files that are replaced.
  ///   - plan: plan of the new directory.
  /// - Throws: `StorageError` if the directory cannot be read.
  init(of target: String, old: [PlanRecord], by plan: Plan) throws {
    self.target = target
    // The sibling is preferred, because an exchange is atomic for readers.
    let places = [Self.sibling(target), FileSystem.join(target, Self.childName)]
    // Existing work counts more than the better place.
    let begun = places.first {
      guard (try? FileSystem.isLink($0)) == false else { return false }
      let found = try? Existing.read($0, output: $0, scratch: plan.scratch, force: false)
      return found?.isPart(of: plan) ?? false
    }
    if let begun {
      staging = begun
    } else {
      // Only the old records count: a user's file may have the name of a new output.
      let own = OwnFiles(target, old, scratch: plan.scratch)
      let isAlone = try own.foreigner() == nil
      staging = isAlone && Self.canExchange(target) && Self.isFree(places[0]) ? places[0] : places[1]
    }
  }

  /// Whether a directory beside `target` can probably be exchanged with it; `commit` handles a failure.
  private static func canExchange(_ target: String) -> Bool {
    var own = stat()
    var above = stat()
    let parent = FileSystem.parent(target)
    // A mount point has another device than its parent and cannot be renamed.
    guard stat(target, &own) == 0, stat(parent, &above) == 0, own.st_dev == above.st_dev else { return false }
    // If the working directory lies inside, the user's shell would be left in a removed directory.
    var place = FileManager.default.currentDirectoryPath
    while true {
      var status = stat()
      if stat(place, &status) == 0, status.st_ino == own.st_ino, status.st_dev == own.st_dev { return false }
      guard place != "/", !place.isEmpty else { break }
      place = FileSystem.parent(place)
    }
    // The sibling is created and removed in the parent, which therefore has to be writable.
    return access(parent, W_OK) == 0
  }

  /// Whether `place` does not exist or belongs to a stage.
  private static func isFree(_ place: String) -> Bool {
    var status = stat()
    guard lstat(place, &status) == 0 else { return true }
    guard status.st_mode & S_IFMT == S_IFDIR, let names = try? FileSystem.list(place) else { return false }
    // Only temporaries: left by a run that was killed before it wrote its plan.
    return names.allSatisfy { AtomicFile.isTemporary($0) } || names.contains(Manifest.fileName)
      || names.contains(PlanRecord.fileName)
  }

  /// Creates the staging directory with the permissions of the old one, and removes work for another plan from it.
  ///
  /// - Throws: `StageError.link`, `.notOurs`; `StorageError`.
  func prepare(for plan: Plan) throws {
    guard try !FileSystem.isLink(staging) else { throw StageError.link(path: staging) }
    // Checked before the work: in place, files have to be moved into these folders at the end.
    if isChild { try OwnFiles(target, [plan.record], scratch: plan.scratch).checkLinks() }
    try FileSystem.createDirectory(staging)
    var status = stat()
    if stat(target, &status) == 0 {
      // Keep the permissions: a private directory must stay private, and a group's directory writable for the group.
      _ = chmod(staging, status.st_mode & 0o7777)
      if geteuid() == 0 { _ = chown(staging, status.st_uid, status.st_gid) }
    }
    // With `force`, because a damaged staging directory was never a result.
    let found = try Existing.read(staging, output: staging, scratch: plan.scratch, force: true)
    guard let found, !found.isPart(of: plan) else { return }
    try OwnFiles(staging, found.records + [plan.record], scratch: plan.scratch).remove()
  }

  /// Moves the finished staging directory into place.
  ///
  /// - Parameters:
  ///   - plan: plan of the new directory.
  ///   - old: records of the old files, which are removed.
  /// - Throws: `StorageError`; `StageError.link`.
  func commit(_ plan: Plan, old: [PlanRecord]) throws {
    if !isChild {
      do {
        // Atomic. A kill directly afterwards leaves the old directory beside; it is recognised because it has no
        // plan.
        try FileSystem.exchange(staging, target)
        return try Self.removeRemains(of: target, plan: plan)
      } catch StorageError.unsupported {
        WeakPromise.note(
          "\(target): its file system exchanges no directories; files were replaced one by one")
        // Fall back to replacing in place, because no system renames a directory over one that is not empty.
        let child = FileSystem.join(target, Self.childName)
        try FileSystem.rename(staging, to: child)
        return try Replacement(target: target, staging: child).commit(plan, old: old)
      }
    }
    // The plan first: after a kill anywhere below, the directory is half done and the same command resumes.
    try AtomicFile.write(plan.record.encoded(), to: FileSystem.join(target, PlanRecord.fileName))
    // Without the manifest, readers refuse the directory until everything is in place.
    try OwnFiles.remove(FileSystem.join(target, Manifest.fileName))
    try OwnFiles(target, old, scratch: plan.scratch).remove(keeping: [PlanRecord.fileName])
    try Self.moveUp(plan, in: target)
  }

  private init(target: String, staging: String) {
    self.target = target
    self.staging = staging
  }

  /// Moves files from the staging directory inside `target` to `target`, the manifest last. Resumes after a kill.
  ///
  /// - Throws: `StorageError`; `StageError.link`.
  static func moveUp(_ plan: Plan, in target: String) throws {
    let staging = FileSystem.join(target, childName)
    guard try !FileSystem.isLink(staging), FileSystem.kind(staging) == .directory else { return }
    try OwnFiles(target, [plan.record], scratch: plan.scratch).checkLinks()
    // Data before the manifest, so that a reader who finds the manifest also finds the data.
    for path in plan.outputs.map(\.path) + [StageLog.fileName, Locations.fileName, Manifest.fileName] {
      let source = FileSystem.join(staging, path)
      // Already moved by a run that was killed.
      guard FileSystem.kind(source) == .file else { continue }
      let destination = FileSystem.join(target, path)
      try FileSystem.createDirectory(FileSystem.parent(path), below: target)
      try FileSystem.rename(source, to: destination)
    }
    try OwnFiles(staging, [plan.record], scratch: plan.scratch).remove()
    _ = rmdir(staging)
  }

  /// Removes leftovers of a replacement that was killed at its end: beside `target`, a finished old directory without
  /// a plan (or with that of an extension); inside `target`, a staging directory of the same plan. A staging
  /// directory with another plan belongs to a replacement that is under way, and stays.
  ///
  /// - Parameters:
  ///   - target: the output, with links resolved.
  ///   - plan: plan of the output's present content.
  /// - Throws: `StorageError`.
  static func removeRemains(of target: String, plan: Plan) throws {
    let (beside, within) = (sibling(target), FileSystem.join(target, childName))
    try removeRemains(at: beside, plan) { $0.manifest != nil && (!$0.hasPlan || $0.extended != nil) }
    try removeRemains(at: within, plan) { $0.hasPlan && $0.isPart(of: plan) }
  }

  private static func removeRemains(at place: String, _ plan: Plan, where isDone: (Existing) -> Bool) throws {
    guard try !FileSystem.isLink(place), try FileSystem.type(place) == .directory else { return }
    // A removal that was killed may have left only the folder, with or without the plan: `read` returns nil for that.
    if let found = try? Existing.read(place, output: place, scratch: plan.scratch, force: false) {
      guard isDone(found) else { return }
      try OwnFiles(place, found.records, scratch: plan.scratch).remove()
    } else if (try? PlanRecord.read(FileSystem.join(place, PlanRecord.fileName))) == plan.record {
      try OwnFiles(place, [plan.record], scratch: plan.scratch).remove()
    }
    try AtomicFile.removeTemporaries(in: place)
    _ = rmdir(place)
  }
}
