import Storage

/// Content of an output directory before a stage begins: finished or half done.
struct Existing {
  /// Plan of a half-done directory; nil if it is finished or damaged.
  private let plan: PlanRecord?
  /// Plan of a finished directory that is being extended; nil otherwise.
  let extended: PlanRecord?
  /// Manifest of a finished directory; nil otherwise.
  let manifest: Manifest?
  /// Whether there is a plan. Together with a manifest, it means that the directory has not been moved into place
  /// yet, or that it is being extended.
  let hasPlan: Bool

  /// Records that list the stage's own files in the directory.
  var records: [PlanRecord] { [record, extended].compactMap { $0 } }

  /// Record of the finished or planned content; nil if it is damaged.
  var record: PlanRecord? { manifest.map { PlanRecord($0) } ?? plan }

  /// Whether all its content is still valid in `newer`, which may have more.
  func isPart(of newer: Plan) -> Bool {
    // Compared with the manifest itself, to avoid a second list of perhaps a million paths.
    if let manifest { return newer.record.includes(manifest) }
    return plan.map { newer.record.includes($0) } ?? false
  }

  /// - Parameters:
  ///   - directory: path of the directory.
  ///   - output: the path as the user gave it, for messages.
  ///   - scratch: files that a half-done directory may contain.
  ///   - force: whether a damaged directory may be replaced.
  /// - Returns: nil if there is nothing to keep or compare with.
  /// - Throws: `StageError.notOurs`; `.wrongManifest` without `force`; `StorageError` if the directory cannot be
  ///   read.
  static func read(_ directory: String, output: String, scratch: [String], force: Bool) throws -> Existing? {
    guard let type = try FileSystem.type(directory) else { return nil }
    guard type == .directory else { throw StorageError.notADirectory(path: output, found: type) }
    func isThere(_ name: String) throws -> Bool {
      // A dangling link counts as present, because it would be overwritten.
      let path = FileSystem.join(directory, name)
      return try FileSystem.isLink(path) || FileSystem.type(path) != nil
    }
    let hasPlan = try isThere(PlanRecord.fileName)
    do {
      // The manifest is written last, so its presence means that everything else is there.
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
        // A plan without any finished file is no obligation: a run with other settings may replace it without
        // `force`.
        let made =
          try scratch.contains { try isThere($0) }
          || record.outputs.contains { FileSystem.kind(FileSystem.join(directory, $0.path)) != nil }
        return made ? Existing(plan: record, extended: nil, manifest: nil, hasPlan: true) : nil
      }
    } catch let error as StageError {
      // Nothing listed in a damaged record can be trusted, so with `force` everything is made again.
      guard force else { throw error }
      return Existing(plan: nil, extended: nil, manifest: nil, hasPlan: hasPlan)
    }
    // Without plan and manifest, only leftovers of a killed run are allowed here.
    if let foreign = try FileSystem.list(directory).first(where: {
      !AtomicFile.isTemporary($0) && $0 != Replacement.childName
    }) {
      // Another process may have begun its part since the first check; its plan is written before any other file.
      if try isThere(PlanRecord.fileName) || isThere(Manifest.fileName) {
        return try read(directory, output: output, scratch: scratch, force: force)
      }
      throw StageError.notOurs(path: output, found: foreign)
    }
    return nil
  }
}
