import Storage

/// What stands in a directory before a stage begins: something finished, something half done, or nothing.
struct Existing {
  /// What it was going to be; nil where it is finished, or damaged.
  private let plan: PlanRecord?
  /// Of a finished directory to which more is being added, what it is going to be; nil for every other.
  let extended: PlanRecord?
  /// Nil where it is not finished.
  let manifest: Manifest?
  /// Whether a plan is there: with a manifest beside it, the directory has not been put in its place yet.
  let hasPlan: Bool

  /// All that names files of ours in it.
  var records: [PlanRecord] { [record, extended].compactMap { $0 } }

  /// What it is or was going to be; nil where that is damaged.
  var record: PlanRecord? { manifest.map { PlanRecord($0) } ?? plan }

  /// Whether all that it holds is still right in `newer`, which may hold more.
  func isPart(of newer: Plan) -> Bool {
    // Without a list of a manifest's paths beside the manifest: there may be a million.
    if let manifest { return newer.record.includes(manifest) }
    return plan.map { newer.record.includes($0) } ?? false
  }

  /// - Parameters:
  ///   - directory: where it lies.
  ///   - output: as the user named it, for messages.
  ///   - scratch: files that a half-done directory may hold.
  ///   - force: whether damage may be replaced.
  /// - Returns: nil where there is nothing that holds anybody to it.
  /// - Throws: `StageError.notOurs`, and `.wrongManifest` without `force`; `StorageError` where it cannot be looked at.
  static func read(_ directory: String, output: String, scratch: [String], force: Bool) throws -> Existing? {
    guard let type = try FileSystem.type(directory) else { return nil }
    guard type == .directory else { throw StorageError.notADirectory(path: output, found: type) }
    func isThere(_ name: String) throws -> Bool {
      // A link is something even where it leads nowhere: it would be written over.
      let path = FileSystem.join(directory, name)
      return try FileSystem.isLink(path) || FileSystem.type(path) != nil
    }
    let hasPlan = try isThere(PlanRecord.fileName)
    do {
      // A manifest is written last, so with one there everything else is.
      if try isThere(Manifest.fileName) {
        let manifest = try Manifest.read(directory).manifest
        let plan = hasPlan ? try? PlanRecord.read(FileSystem.join(directory, PlanRecord.fileName)) : nil
        return Existing(
          plan: nil,
          extended: plan.flatMap { $0.includes(manifest) && $0 != PlanRecord(manifest) ? $0 : nil },
          manifest: manifest, hasPlan: hasPlan)
      }
      if hasPlan {
        let record = try PlanRecord.read(FileSystem.join(directory, PlanRecord.fileName))
        // A plan of which nothing was made yet holds nobody to it.
        let made =
          try scratch.contains { try isThere($0) }
          || record.outputs.contains { FileSystem.kind(FileSystem.join(directory, $0.path)) != nil }
        return made ? Existing(plan: record, extended: nil, manifest: nil, hasPlan: true) : nil
      }
    } catch let error as StageError {
      // What is damaged vouches for nothing: under force all is made again.
      guard force else { throw error }
      return Existing(plan: nil, extended: nil, manifest: nil, hasPlan: hasPlan)
    }
    // Neither: then all that may lie here is what a killed run had not yet put in its place.
    if let foreign = try FileSystem.list(directory).first(where: {
      !AtomicFile.isTemporary($0) && $0 != Replacement.childName
    }) {
      // Another process may have begun its part of the same since the first look, with its plan before all else.
      if try isThere(PlanRecord.fileName) || isThere(Manifest.fileName) {
        return try read(directory, output: output, scratch: scratch, force: force)
      }
      throw StageError.notOurs(path: output, found: foreign)
    }
    return nil
  }
}
