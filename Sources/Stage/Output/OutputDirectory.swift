import Foundation
import Storage

/// An output directory in the making: what of a plan is there already, what is to be made, and the publishing of it.
///
/// The one implementation of the stage contract: up to date, resume, reuse, extend, replacement, lock. Looking changes
/// nothing and needs no lock; `begin` takes the directory into possession.
package final class OutputDirectory {
  /// How a directory stands to a plan.
  package enum State: Equatable {
    case upToDate
    /// Something is to be made; what is there can stay.
    case incomplete
    /// Replaced as a whole, as the user wishes.
    case replacing
  }

  package let plan: Plan
  /// As the user named it.
  package let output: String
  package private(set) var state = State.incomplete
  /// Where files are being written: the output itself, or the stand-in that will replace it.
  package private(set) var directory: String
  /// What is to be made, as positions in the plan, ascending.
  package private(set) var pending: [Int] = []
  /// The finished manifest, where there is one for this plan.
  package private(set) var manifest: Manifest?

  private let request: OutputRequest
  private let threads: Int
  /// The output with links resolved.
  private let target: String
  /// What of the plan is there.
  private var reusable: ReusableOutputs
  private var old: Existing?
  private var replacement: Replacement?
  private var locks: [DirectoryLock] = []

  /// Compares `plan` with what stands at `request.output`.
  ///
  /// - Parameters:
  ///   - plan: what is to be made.
  ///   - request: where, and what may be replaced.
  ///   - threads: for what has to be read.
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

  /// Whether nothing is to be done.
  package var isUpToDate: Bool { state == .upToDate }

  /// Whether another directory makes way, or has made way, for this one.
  package var replaces: Bool { replacement != nil }

  /// Data files that were there already.
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
      // What cannot be read in a stand-in was nobody's result yet: it is begun anew.
      found = try? Existing.read(directory, output: output, scratch: plan.scratch, force: false)
      if let begun = found, !begun.isPart(of: plan) { found = nil }
    }
    reusable =
      try found == nil
      ? ReusableOutputs(plan)
      : ReusableOutputs(
        plan, in: directory, output: output, listed: listed(found), check: request.check, threads: threads)
    pending = plan.outputs.indices.filter { !reusable.isThere[$0] }
    // Right files are not enough: a parameter that shapes none of them is in the manifest too.
    manifest = found?.manifest.flatMap {
      $0.recipe == plan.recipe && $0.outputs.count == plan.outputs.count && pending.isEmpty ? $0 : nil
    }
    state = !fits ? .replacing : manifest != nil ? .upToDate : .incomplete
  }

  /// What is known of the files without reading them.
  private func listed(_ found: Existing?) throws -> [Manifest.Output] {
    if let manifest = found?.manifest { return manifest.outputs }
    return PartRecord.outputs(
      in: directory, of: plan.recipe, names: try PartRecord.names(in: directory))
  }

  /// Takes the directory into possession: locks it, looks again, clears what a killed run left and writes the plan.
  /// To be called before the first file is made; nothing where all is up to date.
  ///
  /// - Throws: `StageError.locked`, `.link`; `StorageError` if it cannot be created; as `init`.
  package func begin() throws {
    guard !request.dryRun, locks.isEmpty else { return }
    if isUpToDate { return try tidy() }
    try FileSystem.createDirectory(target)
    locks = [try DirectoryLock(target)]
    if FileSystem.kind(FileSystem.join(target, Replacement.childName)) != nil {
      // Only what fits: a replacement that somebody began is not ours to finish.
      let child = FileSystem.join(target, Replacement.childName)
      let begun = try? Existing.read(child, output: child, scratch: plan.scratch, force: false)
      if state == .incomplete, old?.manifest == nil, begun?.isPart(of: plan) ?? false {
        try Replacement.moveUp(plan, in: target)
      }
    }
    try compare()
    if let replacement {
      try replacement.prepare(for: plan)
      // The stand-in too: after the exchange it has the output's name, and tidying is still to be done.
      locks.append(try DirectoryLock(directory))
      if let occupied = try occupiedPath() { throw StageError.notOurs(path: output, found: occupied) }
    } else {
      try Replacement.removeRemains(of: target, plan: plan)
    }
    guard !isUpToDate else { return try removeScratch(in: target, keepingPlan: old?.extended != nil) }
    try prepare()
  }

  /// What is replaced. Of a damaged directory nobody knows more than that the plan's names are ours.
  private var oldRecords: [PlanRecord] {
    let records = old?.records ?? []
    return records.isEmpty ? [plan.record] : records
  }

  /// A path of the plan at which, in the directory that is replaced in place, something of the user's stands.
  private func occupiedPath() throws -> String? {
    // Beside the old directory nothing is in the way: an exchange touches no single names.
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
      // More was asked for than now: once its plan is gone nobody would know these files for ours.
      let kept = OwnFiles.withoutData.union(plan.scratch).union(plan.outputs.lazy.map(\.path))
      try OwnFiles(directory, [extended], scratch: []).remove(keeping: kept)
    }
    // The plan before all else: it is what tells our half-done directory from somebody's files.
    try AtomicFile.write(plan.record.encoded(), to: FileSystem.join(directory, PlanRecord.fileName))
    var folders: Set<String> = []
    for output in plan.outputs { folders.insert(FileSystem.parent(output.path)) }
    for folder in folders.sorted() where folder != "." {
      try FileSystem.createDirectory(folder, below: directory)
      try AtomicFile.removeTemporaries(in: FileSystem.join(directory, folder))
    }
  }

  /// Clears what a run left that was killed after its manifest, and remembers where the inputs lie now.
  private func tidy() throws {
    let locations = Locations(plan.inputs, relativeTo: target)
    let isTidy =
      !old.map { $0.hasPlan && $0.extended == nil }.isTrue
      && !plan.scratch.contains { FileSystem.kind(FileSystem.join(target, $0)) != nil }
    guard !isTidy || Locations(directory: target) != locations else { return }
    // A question needs no lock; who finds the directory busy leaves the tidying to the other.
    guard let lock = try? DirectoryLock(target) else { return }
    defer { withExtendedLifetime(lock) {} }
    // Where nothing can be written nothing can be cleared, and the answer is the same.
    guard (try? locations.write(to: target)) != nil else { return }
    // The plan last: it tells the next run that there is something to clear.
    try Replacement.removeRemains(of: target, plan: plan)
    try removeScratch(in: target, keepingPlan: old?.extended != nil)
  }

  /// The entry of the file at a position of the plan, if it is there.
  func entry(at position: Int) -> Manifest.Output? { reusable[position] }

  package func path(of position: Int) -> String {
    FileSystem.join(directory, plan.outputs[position].path)
  }

  /// Writes one file; from any thread.
  package var publisher: Publisher { Publisher(directory: directory, plan: plan) }

  /// Takes what a publisher wrote into the directory's manifest.
  package func adopt(_ made: [(position: Int, entry: Manifest.Output)]) {
    for (position, entry) in made { reusable.add(entry, at: position) }
    pending = pending.filter { !reusable.isThere[$0] }
  }

  /// Writes `locations.json` and, last, the manifest; a replacement puts the directory in its place.
  ///
  /// - Parameters:
  ///   - sources: of the rows' indices.
  ///   - describe: counts and results of the entries of all planned files, in their order.
  /// - Returns: the manifest.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
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
    // Before the manifest, which says that all is there.
    try Locations(plan.inputs, relativeTo: target).write(to: directory)
    try AtomicFile.write(manifest.encoded(), to: FileSystem.join(directory, Manifest.fileName))
    if let replacement { try replacement.commit(plan, old: oldRecords) }
    // Only now: until the directory is in its place, its checkpoint must not be lost.
    try removeScratch(in: target)
    (self.manifest, state) = (manifest, .upToDate)
    locks = []
    return manifest
  }

  /// Removes what a run needs until the end, the plan last. That of an extension that was begun stays, with the records
  /// of its parts: it alone tells that its files are ours.
  private func removeScratch(in directory: String, keepingPlan: Bool = false) throws {
    let begun = keepingPlan ? [] : try PartRecord.names(in: directory) + [PlanRecord.fileName]
    for name in plan.scratch + begun {
      try OwnFiles.remove(FileSystem.join(directory, name))
    }
    // Of a run that was killed while it put a replacement in its place.
    try AtomicFile.removeTemporaries(in: directory)
  }
}

extension Bool? {
  fileprivate var isTrue: Bool { self ?? false }
}
