import CSystem
import Foundation
import Storage

/// How a new directory takes the place of an old one: made elsewhere, whole, and only then put in
/// its place, so that the old one stays valid until then.
///
/// Beside the old one where the two can be exchanged in one step. Within it where they cannot: it is a mount point,
/// the working directory, or holds files of the user's, which stay where they are; then files are moved one by one
/// behind a manifest that is taken away first and comes last.
struct Replacement {
  /// Of the folder within the old directory.
  static let childName = ".next"

  /// The old directory, links resolved.
  let target: String
  /// Where the new one is made.
  let staging: String
  private var isChild: Bool { FileSystem.parent(staging) == target }

  /// The folder beside `target`.
  private static func sibling(_ target: String) -> String {
    FileSystem.join(FileSystem.parent(target), ".\(FileSystem.name(target)).next")
  }

  /// Where an earlier run began the same, or else where it can be done.
  ///
  /// - Parameters:
  ///   - target: the directory that is replaced, links resolved.
  ///   - old: what names the files of ours that are replaced.
  ///   - plan: what takes its place.
  /// - Throws: `StorageError` if the directory cannot be looked through.
  init(of target: String, old: [PlanRecord], by plan: Plan) throws {
    self.target = target
    // The sibling first: an exchange is one step for every reader.
    let places = [Self.sibling(target), FileSystem.join(target, Self.childName)]
    // Work that was begun is worth more than the better place.
    let begun = places.first {
      guard (try? FileSystem.isLink($0)) == false else { return false }
      let found = try? Existing.read($0, output: $0, scratch: plan.scratch, force: false)
      return found?.isPart(of: plan) ?? false
    }
    if let begun {
      staging = begun
    } else {
      // Names of the new output are not ours here: a file of the user's may have one.
      let own = OwnFiles(target, old, scratch: plan.scratch)
      let isAlone = try own.foreigner() == nil
      staging = isAlone && Self.canExchange(target) && Self.isFree(places[0]) ? places[0] : places[1]
    }
  }

  /// Whether a directory beside `target` could be exchanged for it, as far as that can be known.
  private static func canExchange(_ target: String) -> Bool {
    var own = stat()
    var above = stat()
    let parent = FileSystem.parent(target)
    // A mount point has another device than its parent, and no name of its own to exchange.
    guard stat(target, &own) == 0, stat(parent, &above) == 0, own.st_dev == above.st_dev else { return false }
    // A shell that stands in it would be left in what is removed.
    var place = FileManager.default.currentDirectoryPath
    while true {
      var status = stat()
      if stat(place, &status) == 0, status.st_ino == own.st_ino, status.st_dev == own.st_dev { return false }
      guard place != "/", !place.isEmpty else { break }
      place = FileSystem.parent(place)
    }
    // The sibling's name is made and removed in the parent.
    return access(parent, W_OK) == 0
  }

  /// Whether nothing stands at `place`, or something of ours.
  private static func isFree(_ place: String) -> Bool {
    var status = stat()
    guard lstat(place, &status) == 0 else { return true }
    guard status.st_mode & S_IFMT == S_IFDIR, let names = try? FileSystem.list(place) else { return false }
    // Temporaries alone: a run was killed that had not yet written its plan.
    return names.allSatisfy { AtomicFile.isTemporary($0) } || names.contains(Manifest.fileName)
      || names.contains(PlanRecord.fileName)
  }

  /// Makes the folder, with the mode of the old directory, and empties it of another plan's work.
  ///
  /// - Throws: `StorageError.cannotCreate`; `StageError.link`.
  func prepare(for plan: Plan) throws {
    guard try !FileSystem.isLink(staging) else { throw StageError.link(path: staging) }
    // Before the work, because in place the files have to go behind them in the end.
    if isChild { try OwnFiles(target, [plan.record], scratch: plan.scratch).checkLinks() }
    try FileSystem.createDirectory(staging)
    var status = stat()
    if stat(target, &status) == 0 {
      // A folder of the group's or of nobody else's stays so.
      _ = chmod(staging, status.st_mode & 0o7777)
      if geteuid() == 0 { _ = chown(staging, status.st_uid, status.st_gid) }
    }
    // By force: what is damaged here was never anybody's result.
    let found = try Existing.read(staging, output: staging, scratch: plan.scratch, force: true)
    guard let found, !found.isPart(of: plan) else { return }
    try OwnFiles(staging, found.records + [plan.record], scratch: plan.scratch).remove()
  }

  /// Puts the finished directory in the old one's place.
  ///
  /// - Parameters:
  ///   - plan: what takes its place.
  ///   - old: what names the files of ours that are replaced; they go.
  /// - Throws: `StorageError.writeFailed`.
  func commit(_ plan: Plan, old: [PlanRecord]) throws {
    if !isChild {
      do {
        // In one step. A kill right after it leaves the old directory beside, known by having no plan.
        try FileSystem.exchange(staging, target)
        return try Self.removeRemains(of: target, plan: plan)
      } catch StorageError.unsupported {
        WeakPromise.note(
          "\(target): its file system exchanges no directories; files were replaced one by one")
        // Into the old one, because no system renames a directory over one that holds files.
        let child = FileSystem.join(target, Self.childName)
        try FileSystem.rename(staging, to: child)
        return try Replacement(target: target, staging: child).commit(plan, old: old)
      }
    }
    // The plan first: a kill anywhere below leaves a half-done directory, and the same command goes on.
    try AtomicFile.write(plan.record.encoded(), to: FileSystem.join(target, PlanRecord.fileName))
    // Without its manifest the directory is half done until all is in its place.
    try OwnFiles.remove(FileSystem.join(target, Manifest.fileName))
    try OwnFiles(target, old, scratch: plan.scratch).remove(keeping: [PlanRecord.fileName])
    try Self.moveUp(plan, in: target)
  }

  private init(target: String, staging: String) {
    self.target = target
    self.staging = staging
  }

  /// Moves what was made within `target` into it, the manifest last; also what is left of it after a kill.
  ///
  /// - Throws: `StorageError.writeFailed`; `StageError.link`.
  static func moveUp(_ plan: Plan, in target: String) throws {
    let staging = FileSystem.join(target, childName)
    guard try !FileSystem.isLink(staging), FileSystem.kind(staging) == .directory else { return }
    try OwnFiles(target, [plan.record], scratch: plan.scratch).checkLinks()
    // Data before the manifest: whoever finds the manifest finds the data.
    for path in plan.outputs.map(\.path) + [StageLog.fileName, Locations.fileName, Manifest.fileName] {
      let source = FileSystem.join(staging, path)
      // Moved already, by the run that was killed.
      guard FileSystem.kind(source) == .file else { continue }
      let destination = FileSystem.join(target, path)
      try FileSystem.createDirectory(FileSystem.parent(path), below: target)
      try FileSystem.rename(source, to: destination)
    }
    try OwnFiles(staging, [plan.record], scratch: plan.scratch).remove()
    _ = rmdir(staging)
  }

  /// Removes what a replacement left that was killed at its very end: beside `target` what was exchanged, a directory
  /// that is finished and has no plan but that of an extension; within it a folder of the same plan. Any other plan is
  /// that of a replacement that somebody began, which stays.
  ///
  /// - Parameters:
  ///   - target: the output, links resolved.
  ///   - plan: of what stands there.
  /// - Throws: `StorageError.writeFailed`, `.unreadable`.
  static func removeRemains(of target: String, plan: Plan) throws {
    let (beside, within) = (sibling(target), FileSystem.join(target, childName))
    try removeRemains(at: beside, plan) { $0.manifest != nil && (!$0.hasPlan || $0.extended != nil) }
    try removeRemains(at: within, plan) { $0.hasPlan && $0.isPart(of: plan) }
  }

  private static func removeRemains(at place: String, _ plan: Plan, where isDone: (Existing) -> Bool) throws {
    guard try !FileSystem.isLink(place), try FileSystem.type(place) == .directory else { return }
    // Nothing is found where the files are gone, and the plan perhaps, but not yet the folder.
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
