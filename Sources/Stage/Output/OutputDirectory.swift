import Foundation
import Storage

/// An output directory that is being made, and the stage contract: up to date, resume, reuse, extension, replacement,
/// lock. Creating a value changes nothing on disk and needs no lock; `begin` locks the directory.
package final class OutputDirectory {
  /// State of the directory relative to the plan.
  package enum State: Equatable {
    case upToDate
    /// Files are missing; existing ones can stay.
    case incomplete
    /// The whole directory is replaced, as `OutputRequest.force` allows.
    case replacing
  }

  package let plan: Plan
  /// Path as the user gave it.
  package let output: String
  package private(set) var state = State.incomplete
  /// Directory that files are written to: the output itself, or the staging directory that will replace it.
  package private(set) var directory: String
  /// Ascending positions in the plan of the files to make.
  package private(set) var pending: [Int] = []
  /// The manifest, if the directory is finished and matches the plan.
  package private(set) var manifest: Manifest?

  private let request: OutputRequest
  private let threads: Int
  /// The output with links resolved.
  private let target: String
  /// Existing files of the plan.
  private var reusable: ReusableOutputs
  private var old: Existing?
  private var replacement: Replacement?
  private var locks: [DirectoryLock] = []

  /// Compares `plan` with the existing content of `request.output`.
  ///
  /// - Parameters:
  ///   - plan: files to make.
  ///   - request: output path, and what may be replaced.
  ///   - threads: number of threads for reading existing files.
  /// - Throws: `StageError.madeOtherwise`, `.notOurs`, `.overlap`, `.wrongManifest`; `StorageError`.
  package init(_ plan: Plan, _ request: OutputRequest, threads: Int) throws {
    self.plan = plan
    self.request = request
    self.threads = threads
    output = request.output
    target = FileSystem.absolute(request.output)
    directory = target
    reusable = ReusableOutputs(plan)
    try Self.checkOverlap(plan, target, output: output)
    try compare()
  }

  /// Whether there is nothing to do.
  package var isUpToDate: Bool { state == .upToDate }

  /// Whether this directory replaces an existing one.
  package var replaces: Bool { replacement != nil }

  /// Number of data files that existed already.
  package var reusedCount: Int { plan.outputs.count - pending.count }

  private func compare() throws {
    old = try Existing.read(target, output: output, scratch: plan.scratch, force: request.force)
    let fits = old.map { $0.isPart(of: plan) } ?? true
    guard fits || request.force else {
      throw StageError.madeOtherwise(
        path: output, differences: old?.record?.recipe.differences(to: plan.recipe) ?? [])
    }
    var found = old
    if fits {
      (directory, replacement) = (target, nil)
    } else {
      let replacement = try Replacement(of: target, old: oldRecords, by: plan)
      (directory, self.replacement) = (replacement.staging, replacement)
      // An unreadable staging directory was never a result, so it is started again.
      found = try? Existing.read(directory, output: output, scratch: plan.scratch, force: false)
      if let begun = found, !begun.isPart(of: plan) { found = nil }
    }
    reusable =
      try found == nil
      ? ReusableOutputs(plan)
      : ReusableOutputs(
        plan, in: directory, output: output, listed: listed(found), check: request.check, threads: threads)
    pending = plan.outputs.indices.filter { !reusable.isThere[$0] }
    // Correct files are not enough: the manifest also contains parameters that affect none of them.
    manifest = found?.manifest.flatMap {
      $0.recipe == plan.recipe && $0.outputs.count == plan.outputs.count && pending.isEmpty ? $0 : nil
    }
    state = !fits ? .replacing : manifest != nil ? .upToDate : .incomplete
  }

  /// Entries of existing files that are known without reading them.
  private func listed(_ found: Existing?) throws -> [Manifest.Output] {
    if let manifest = found?.manifest { return manifest.outputs }
    return PartRecord.outputs(
      in: directory, of: plan.recipe, names: try PartRecord.names(in: directory))
  }

  /// Locks the directory, compares again, removes leftovers of a killed run and writes the plan; if everything is up to
  /// date, it only cleans up.
  ///
  /// - Throws: `StageError.locked`, `.link`; `StorageError` if the directory cannot be created; as `init`.
  package func begin() throws {
    guard !request.dryRun, locks.isEmpty else { return }
    if isUpToDate { return try tidy() }
    try FileSystem.createDirectory(target)
    locks = [try DirectoryLock(target)]
    if FileSystem.kind(FileSystem.join(target, Replacement.childName)) != nil {
      // Only if it matches this plan: another run's replacement must not be completed here.
      let child = FileSystem.join(target, Replacement.childName)
      let begun = try? Existing.read(child, output: child, scratch: plan.scratch, force: false)
      if state == .incomplete, old?.manifest == nil, begun?.isPart(of: plan) ?? false {
        try Replacement.moveUp(plan, in: target)
      }
    }
    try compare()
    // Compared again under the lock, because another run may have changed the directory since `init`.
    if let replacement {
      try replacement.prepare(for: plan)
      // The staging directory is locked too: after the exchange it has the output's path, and cleaning up still
      // follows.
      locks.append(try DirectoryLock(directory))
      if let occupied = try occupiedPath() { throw StageError.notOurs(path: output, found: occupied) }
    } else {
      try Replacement.removeRemains(of: target, plan: plan)
    }
    guard !isUpToDate else { return try removeScratch(in: target, keepingPlan: old?.extended != nil) }
    try prepare()
  }

  /// Records of the replaced files; for a damaged directory, only those that the plan names.
  private var oldRecords: [PlanRecord] {
    let records = old?.records ?? []
    return records.isEmpty ? [plan.record] : records
  }

  /// A path of the plan at which the user's own file stands, if the directory is replaced in place.
  private func occupiedPath() throws -> String? {
    // A staging directory beside the old one is exchanged as a whole, so single names cannot collide.
    guard FileSystem.parent(directory) == target else { return nil }
    let known = Set(oldRecords.lazy.flatMap { $0.outputs.lazy.map(\.path) })
    let paths = plan.outputs.lazy.map(\.path)
    return try OwnFiles(target, [], scratch: []).folder(at: OwnFiles.withoutData)
      ?? OwnFiles(target, [], scratch: []).folder(at: paths)
      ?? paths.first { !known.contains($0) && FileSystem.kind(FileSystem.join(target, $0)) != nil }
  }

  private func prepare() throws {
    let own = OwnFiles(directory, [plan.record], scratch: plan.scratch)
    try own.checkLinks()
    if let folder = try own.folder(at: OwnFiles.withoutData.union(plan.scratch)) {
      throw StageError.notOurs(path: output, found: folder)
    }
    try AtomicFile.removeTemporaries(in: directory)
    if replacement == nil, let extended = old?.extended {
      // An earlier run began a larger extension. Its files are removed before its plan is overwritten, because only
      // that plan identifies them as a stage's own.
      let kept = OwnFiles.withoutData.union(plan.scratch).union(plan.outputs.lazy.map(\.path))
      try OwnFiles(directory, [extended], scratch: []).remove(keeping: kept)
    }
    // The plan is written first: it distinguishes a half-done directory from a user's files.
    try AtomicFile.write(plan.record.encoded(), to: FileSystem.join(directory, PlanRecord.fileName))
    var folders: Set<String> = []
    for output in plan.outputs { folders.insert(FileSystem.parent(output.path)) }
    for folder in folders.sorted() where folder != "." {
      try FileSystem.createDirectory(folder, below: directory)
      try AtomicFile.removeTemporaries(in: FileSystem.join(directory, folder))
    }
  }

  /// Removes leftovers of a run that was killed after writing the manifest, and updates `locations.json`.
  private func tidy() throws {
    let locations = Locations(plan.inputs, relativeTo: target)
    let isTidy =
      !old.map { $0.hasPlan && $0.extended == nil }.isTrue
      && !plan.scratch.contains { FileSystem.kind(FileSystem.join(target, $0)) != nil }
    guard !isTidy || Locations(directory: target) != locations else { return }
    // If the directory is locked, the other run cleans up; an up-to-date check must not fail because of it.
    guard let lock = try? DirectoryLock(target) else { return }
    defer { withExtendedLifetime(lock) {} }
    // In a read-only directory nothing can be removed either, and it is still up to date.
    guard (try? locations.write(to: target)) != nil else { return }
    // The plan is removed last, because it tells the next run that there is something to clean up.
    try Replacement.removeRemains(of: target, plan: plan)
    try removeScratch(in: target, keepingPlan: old?.extended != nil)
  }

  /// The manifest entry of the file at a position of the plan; nil if the file is missing.
  func entry(at position: Int) -> Manifest.Output? { reusable[position] }

  /// Path of the file at a position of the plan.
  package func path(of position: Int) -> String {
    FileSystem.join(directory, plan.outputs[position].path)
  }

  /// Writes files of the plan; usable from any thread.
  package var publisher: Publisher { Publisher(directory: directory, plan: plan) }

  /// Adds files that a publisher wrote to the directory's entries.
  package func adopt(_ made: [(position: Int, entry: Manifest.Output)]) {
    for (position, entry) in made { reusable.add(entry, at: position) }
    pending = pending.filter { !reusable.isThere[$0] }
  }

  /// Writes `locations.json` and then the manifest, moves a staging directory into place and removes scratch files.
  ///
  /// - Parameters:
  ///   - sources: digests of the source files that the rows' indices refer to.
  ///   - describe: computes counts and results from the entries of all files, in the order of the plan.
  /// - Returns: the manifest.
  /// - Throws: `StorageError`; `StageError.link` as `Replacement.commit`.
  @discardableResult
  package func finish(
    sources: [Digest] = [],
    _ describe: ([Manifest.Output]) -> (counts: [String: Int], results: [String: JSONValue])
  ) throws -> Manifest {
    precondition(pending.isEmpty && !locks.isEmpty, "finished with \(pending.count) files to make")
    let outputs = plan.outputs.indices.compactMap { reusable[$0] }
    let (counts, results) = describe(outputs)
    let manifest = Manifest(
      recipe: plan.recipe, outputs: outputs, counts: counts, results: results, sources: sources)
    // Before the manifest, whose presence means that everything else is there.
    try Locations(plan.inputs, relativeTo: target).write(to: directory)
    try AtomicFile.write(manifest.encoded(), to: FileSystem.join(directory, Manifest.fileName))
    if let replacement { try replacement.commit(plan, old: oldRecords) }
    // Only now: a checkpoint must not be lost before the directory is in place.
    try removeScratch(in: target)
    (self.manifest, state) = (manifest, .upToDate)
    locks = []
    return manifest
  }

  /// Removes scratch files, records of parts and, last, the plan. `keepingPlan` is for an extension that was begun: only
  /// the plan and the records identify its files as a stage's own.
  private func removeScratch(in directory: String, keepingPlan: Bool = false) throws {
    let begun = keepingPlan ? [] : try PartRecord.names(in: directory) + [PlanRecord.fileName]
    for name in plan.scratch + begun {
      try OwnFiles.remove(FileSystem.join(directory, name))
    }
    // Leftovers of a run that was killed while it moved a replacement into place.
    try AtomicFile.removeTemporaries(in: directory)
  }
}

extension Bool? {
  fileprivate var isTrue: Bool { self ?? false }
}
