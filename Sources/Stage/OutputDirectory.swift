import Foundation
import Storage

/// An output directory in the making: what of a plan is there already, what is to be made, and the publishing of it.
///
/// The one implementation of the stage contract: up to date, resume, reuse, extend, `--force`, lock. Looking changes
/// nothing and needs no lock; `begin` takes the directory into possession.
package final class OutputDirectory {
  /// How a directory stands to a plan.
  package enum State: Equatable {
    case upToDate
    /// Something is to be made; what is there can stay.
    case incomplete
    /// Replaced as a whole under `--force`.
    case replacing
  }

  package let plan: Plan
  /// As the user named it.
  package let output: String
  package private(set) var state = State.incomplete
  /// Where files are being written: the output itself, or its stand-in under `--force`.
  package private(set) var directory: String
  /// What is to be made, as positions in the plan, ascending.
  package private(set) var pending: [Int] = []
  /// The finished manifest, where there is one for this plan.
  package private(set) var manifest: Manifest?

  private let request: OutputRequest
  let threads: Int
  /// The output with links resolved.
  private let target: String
  /// What the manifest says of planned outputs, and which of them are there.
  private(set) var listed = ListedOutputs(nil, [])
  private var isThere: [Bool] = []
  /// Entries of those that no manifest lists: made now, or by a run that was killed.
  private var made: [Int: Manifest.Output] = [:]
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
    // Before anything is compared: under --force, an input inside the output would be deleted with it.
    for input in plan.inputs where try overlaps(input.path) {
      throw StageError.overlap(output: output, input: input.path)
    }
    try compare()
  }

  /// Whether nothing is to be done.
  package var isUpToDate: Bool { state == .upToDate }

  /// Whether another directory makes way, or has made way, for this one.
  package var replaces: Bool { replacement != nil }

  /// Data files that were there already.
  package var reusedCount: Int { plan.outputs.count - pending.count }

  private func compare() throws {
    // Nothing is written here: a question may be asked of a directory that another run is working on.
    old = try Existing.read(target, output: output, scratch: plan.scratch, force: request.force)
    // Where nothing is there yet, everything fits.
    let fits = old.map { $0.isPart(of: plan) } ?? true
    // Said before any work, and before a lock is taken: the answer does not depend on who else is there.
    guard fits || request.force else {
      throw StageError.madeOtherwise(
        path: output, differences: old?.record?.recipe.differences(to: plan.recipe) ?? [])
    }
    var found = old
    if fits {
      (directory, replacement) = (target, nil)
    } else {
      let replacement = try Replacement(of: target, old: oldRecord, by: plan)
      (directory, self.replacement) = (replacement.staging, replacement)
      // What cannot be read in a stand-in was nobody's result yet: it is begun anew.
      found = try? Existing.read(directory, output: output, scratch: plan.scratch, force: false)
      if let begun = found, !begun.isPart(of: plan) { found = nil }
    }
    try find(found?.manifest, isThere: found != nil)
    manifest = nil
    // Right files are not enough: a parameter or an input that shapes none of them is in the manifest too.
    if let whole = found?.manifest, whole.recipe == plan.recipe, whole.outputs.count == plan.outputs.count,
      pending.isEmpty
    {
      manifest = whole
    }
    state = !fits ? .replacing : manifest != nil ? .upToDate : .incomplete
  }

  /// Takes the directory into possession: locks it, looks again, clears what a killed run left and writes the plan.
  /// To be called before the first file is made; nothing where all is up to date.
  ///
  /// - Throws: `StageError.locked`, `.link`; `StorageError` if it cannot be created; as `init`.
  package func begin() throws {
    guard !request.dryRun, locks.isEmpty else { return }
    // No lock, so that any number of runs may be told at once that there is nothing to do.
    if isUpToDate { return try tidy() }
    try FileSystem.createDirectory(target)
    // From here on nobody else changes the directory; what was found before may have changed until now.
    locks = [try DirectoryLock(target)]
    if FileSystem.kind(FileSystem.join(target, Replacement.childName)) != nil {
      // Only what fits: a replacement that somebody began is not ours to finish.
      let child = FileSystem.join(target, Replacement.childName)
      let begun = try? Existing.read(child, output: child, scratch: plan.scratch, force: false)
      if state == .incomplete, old?.manifest == nil, begun?.isPart(of: plan) ?? false {
        try Replacement.moveUp(plan, in: target)
      }
    }
    // A second look, with the lock: another run may have finished the same work in the meantime.
    try compare()
    if let replacement {
      try replacement.prepare(for: plan)
      // The stand-in too: after the exchange it has the output's name, and tidying is still to be done.
      locks.append(try DirectoryLock(directory))
      if let occupied = try occupiedPath() { throw StageError.notOurs(path: output, found: occupied) }
    } else {
      try Replacement.removeRemains(of: target, scratch: plan.scratch)
    }
    guard !isUpToDate else { return try removeScratch(in: target) }
    try prepare()
  }

  /// What is replaced. Of a damaged directory nobody knows more than that the plan's names are ours.
  private var oldRecord: PlanRecord { old?.record ?? plan.record }

  /// A path of the plan at which, in the directory that is replaced, a file of the user's stands.
  private func occupiedPath() throws -> String? {
    // Beside the old directory nothing is in the way: an exchange touches no single names.
    guard FileSystem.parent(directory) == target else { return nil }
    let known = Set(oldRecord.outputs.map(\.path))
    return plan.outputs.first {
      !known.contains($0.path) && FileSystem.kind(FileSystem.join(target, $0.path)) != nil
    }?.path
  }

  private func prepare() throws {
    // Links first: the first file that is written could land outside already.
    try OwnFiles(directory, [plan.record], scratch: plan.scratch).checkLinks()
    try AtomicFile.removeTemporaries(in: directory)
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
      !old.map(\.hasPlan).isTrue
      && !plan.scratch.contains { FileSystem.kind(FileSystem.join(target, $0)) != nil }
    // Where all is in order nothing is written: a finished directory may lie on a disk that cannot be.
    guard !isTidy || Locations(directory: target) != locations else { return }
    // A question needs no lock; who finds the directory busy leaves the tidying to the other.
    guard let lock = try? DirectoryLock(target) else { return }
    defer { withExtendedLifetime(lock) {} }
    // A help for others alone, so a failure is none of the user's concern.
    try? locations.write(to: target)
    try removeScratch(in: target)
    try Replacement.removeRemains(of: target, scratch: plan.scratch)
  }

  package func path(of position: Int) -> String {
    FileSystem.join(directory, plan.outputs[position].path)
  }

  /// Writes one file; from any thread.
  package var publisher: Publisher { Publisher(directory: directory, plan: plan) }

  /// Takes what a publisher wrote into the directory's manifest.
  package func adopt(_ made: [(position: Int, entry: Manifest.Output)]) {
    for (position, entry) in made {
      self.made[position] = entry
      isThere[position] = true
    }
    pending = pending.filter { !isThere[$0] }
  }

  /// Writes `locations.json` and, last, the manifest; under `--force` puts the directory in its place.
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
    // What is missing here would be missing for ever: the manifest is taken on trust from now on.
    precondition(pending.isEmpty && !locks.isEmpty, "finished with \(pending.count) files to make")
    let outputs = plan.outputs.indices.compactMap { made[$0] ?? listed[$0] }
    let (counts, results) = describe(outputs)
    let manifest = Manifest(
      recipe: plan.recipe, outputs: outputs, counts: counts, results: results, sources: sources)
    // Before the manifest, which says that all is there.
    try Locations(plan.inputs, relativeTo: target).write(to: directory)
    try AtomicFile.write(manifest.encoded(), to: FileSystem.join(directory, Manifest.fileName))
    if let replacement { try replacement.commit(plan, old: oldRecord) }
    // Only now: until the directory is in its place, its checkpoint must not be lost.
    try removeScratch(in: target)
    (self.manifest, state) = (manifest, .upToDate)
    locks = []
    return manifest
  }

  private func removeScratch(in directory: String) throws {
    for name in plan.scratch + [PlanRecord.fileName] {
      try FileSystem.remove(FileSystem.join(directory, name))
    }
  }

  private func overlaps(_ input: String) throws -> Bool {
    // An output inside an input changes what it is made from; an input inside an output is deleted with it.
    if FileSystem.kind(input) == .directory, try FileSystem.contains(input, target) { return true }
    return try FileSystem.contains(target, input)
  }

  /// Finds the planned files that need not be made again.
  private func find(_ manifest: Manifest?, isThere: Bool) throws {
    listed = ListedOutputs(manifest, plan.outputs)
    made = [:]
    var found = [Bool](repeating: false, count: plan.outputs.count)
    var toRead: [Int] = []
    if isThere {
      for position in plan.outputs.indices {
        guard let size = FileSystem.size(path(of: position)) else { continue }
        if let entry = listed[position] {
          guard entry.identity == plan.outputs[position].identity, size == entry.bytes else { continue }
          // Size and manifest are enough, or an answer of `up to date` would cost a pass over the set.
          found[position] = !request.check
        }
        if !found[position] { toRead.append(position) }
      }
    }
    for (position, entry) in try check(toRead) {
      found[position] = true
      if let entry { made[position] = entry }
    }
    self.isThere = found
    pending = found.indices.filter { !found[$0] }
  }
}

extension Bool? {
  fileprivate var isTrue: Bool { self ?? false }
}
