import Storage

/// What stands in a directory before a stage begins: something finished, something half done, or nothing.
struct Existing {
  /// What it is or was going to be; nil where that is damaged.
  let record: PlanRecord?
  /// Of a finished directory to which more is being added, what it is going to be; nil for every other.
  let extended: PlanRecord?
  /// Nil where it is not finished.
  let manifest: Manifest?
  /// Whether a plan is there: with a manifest beside it, the directory has not been put in its place yet.
  let hasPlan: Bool

  /// All that names files of ours in it.
  var records: [PlanRecord] { [record, extended].compactMap { $0 } }

  /// Whether all that it holds is still right in `plan`, which may hold more.
  func isPart(of plan: Plan) -> Bool { record?.isPart(of: plan.record) ?? false }

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
    let names = try FileSystem.list(directory)
    let hasPlan = names.contains(PlanRecord.fileName)
    do {
      if names.contains(Manifest.fileName) {
        let manifest = try Manifest.read(directory).manifest
        let record = PlanRecord(manifest)
        let plan = hasPlan ? try? PlanRecord.read(FileSystem.join(directory, PlanRecord.fileName)) : nil
        return Existing(
          record: record, extended: plan.flatMap { $0 != record && record.isPart(of: $0) ? $0 : nil },
          manifest: manifest, hasPlan: hasPlan)
      }
      if hasPlan {
        let record = try PlanRecord.read(FileSystem.join(directory, PlanRecord.fileName))
        // A plan of which nothing was made yet holds nobody to it.
        let made =
          scratch.contains { names.contains($0) }
          || record.outputs.contains { FileSystem.kind(FileSystem.join(directory, $0.path)) != nil }
        return made ? Existing(record: record, extended: nil, manifest: nil, hasPlan: true) : nil
      }
    } catch let error as StageError {
      // What is damaged vouches for nothing: under force all is made again.
      guard force else { throw error }
      return Existing(record: nil, extended: nil, manifest: nil, hasPlan: hasPlan)
    }
    if let foreign = names.first(where: { !AtomicFile.isTemporary($0) && $0 != Replacement.childName }) {
      throw StageError.notOurs(path: output, found: foreign)
    }
    return nil
  }
}
