import Storage

/// What stands in a directory before a stage begins: something finished, something half done, or nothing.
struct Existing {
  /// What it was going to be; nil where it is finished, or damaged.
  private let plan: PlanRecord?
  /// Nil where it is not finished.
  let manifest: Manifest?
  /// Whether a plan is there: with a manifest beside it, the directory has not been put in its place yet.
  let hasPlan: Bool

  /// What it is or was going to be; nil where that is damaged.
  var record: PlanRecord? { manifest.map { PlanRecord($0) } ?? plan }

  /// Whether all that it holds is still right in `newer`, which may hold more.
  func isPart(of newer: Plan) -> Bool {
    // Without a list of a manifest's paths beside the manifest: there may be a million.
    if let manifest {
      return newer.includes(manifest.recipe, manifest.outputs.lazy.map { ($0.path, $0.identity) })
    }
    return plan.map { newer.includes($0.recipe, $0.outputs.lazy.map { ($0.path, $0.identity) }) } ?? false
  }

  /// - Parameters:
  ///   - directory: where it lies.
  ///   - output: as the user named it, for messages.
  ///   - scratch: files that a half-done directory may hold.
  ///   - force: whether damage may be replaced.
  /// - Returns: nil where there is nothing that holds anybody to it.
  /// - Throws: `StageError.notOurs`, and `.wrongManifest` without `force`.
  static func read(_ directory: String, output: String, scratch: [String], force: Bool) throws -> Existing? {
    guard FileSystem.kind(directory) != nil else { return nil }
    func isThere(_ name: String) -> Bool { FileSystem.kind(FileSystem.join(directory, name)) != nil }
    let hasPlan = isThere(PlanRecord.fileName)
    do {
      // A manifest is written last, so with one there everything else is.
      if isThere(Manifest.fileName) {
        let manifest = try Manifest.read(directory).manifest
        return Existing(plan: nil, manifest: manifest, hasPlan: hasPlan)
      }
      if hasPlan {
        let record = try PlanRecord.read(FileSystem.join(directory, PlanRecord.fileName))
        // A plan of which nothing was made yet holds nobody to it.
        let made =
          scratch.contains { isThere($0) } || record.outputs.contains { isThere($0.path) }
        return made ? Existing(plan: record, manifest: nil, hasPlan: true) : nil
      }
    } catch let error as StageError {
      // What is damaged vouches for nothing: under force all is made again.
      guard force else { throw error }
      return Existing(plan: nil, manifest: nil, hasPlan: hasPlan)
    }
    // Neither: then all that may lie here is what a killed run had not yet put in its place.
    if let foreign = try FileSystem.list(directory).first(where: {
      !AtomicFile.isTemporary($0) && $0 != Replacement.childName
    }) {
      throw StageError.notOurs(path: output, found: foreign)
    }
    return nil
  }
}
