import Storage

/// A part of an output directory in the making, while other processes, here or on other machines, make other parts.
///
/// It touches nothing but its own shards and its record. Where two parts overlap both write the same bytes.
final class PartDirectory {
  /// As the user named it.
  let output: String
  /// Links resolved.
  let directory: String
  /// Positions in the plan.
  let positions: Range<Int>
  /// What is to be made of them, ascending.
  let pending: [Int]
  /// Of the whole directory, where it is finished already.
  let manifest: Manifest?
  private let plan: Plan
  private var reusable: ReusableOutputs
  private var lock: DirectoryLock?

  /// Compares a part of `plan` with what stands at `request.output`.
  ///
  /// - Parameters:
  ///   - plan: of the whole directory.
  ///   - request: where, and how.
  ///   - positions: of the part.
  ///   - threads: for what has to be read.
  /// - Throws: as `OutputDirectory.init`.
  init(_ plan: Plan, _ request: OutputRequest, _ positions: Range<Int>, threads: Int) throws {
    self.plan = plan
    output = request.output
    directory = FileSystem.absolute(request.output)
    self.positions = positions
    try OutputDirectory.checkOverlap(plan, directory, output: output)
    let old = try Existing.read(directory, output: output, scratch: plan.scratch, force: false)
    if let old, !old.isPart(of: plan) {
      throw StageError.madeOtherwise(
        path: output, differences: old.record?.recipe.differences(to: plan.recipe) ?? [])
    }
    let known = PartRecord.outputs(
      in: directory, of: plan.recipe, names: positions.isEmpty ? [] : [PartRecord.fileName(positions)])
    // Of its own positions alone: of the others somebody else may be writing.
    reusable =
      old == nil
      ? ReusableOutputs(plan)
      : try ReusableOutputs(
        plan, in: directory, output: output, listed: old?.manifest?.outputs ?? known, check: request.check,
        threads: threads, positions: positions)
    pending = positions.filter { [reusable] in !reusable.isThere[$0] }
    let whole = old?.manifest
    manifest =
      whole.map { $0.recipe == plan.recipe && $0.outputs.count == plan.outputs.count } ?? false
        && pending.isEmpty
      ? whole : nil
  }

  /// Whether the whole directory is finished.
  var isUpToDate: Bool { manifest != nil }

  /// Shards of the part that were there already.
  var reusedCount: Int { positions.count - pending.count }

  /// Writes its files; from any thread.
  var publisher: Publisher { Publisher(directory: directory, plan: plan) }

  /// Makes the directory, if nobody has, and says in it what it is going to be.
  ///
  /// - Throws: `StageError.locked` where a run makes the whole directory; `.link`, `.notOurs`; `StorageError`.
  func begin() throws {
    try FileSystem.createDirectory(directory)
    // With others of its kind, and never beside a run that makes or joins the whole.
    lock = try DirectoryLock(directory, isShared: true)
    let own = OwnFiles(directory, [plan.record], scratch: plan.scratch)
    try own.checkLinks()
    if let folder = try own.folder(at: OwnFiles.withoutData.union([PartRecord.fileName(positions)])) {
      throw StageError.notOurs(path: output, found: folder)
    }
    try AtomicFile.removeTemporaries(in: directory)
    let place = FileSystem.join(directory, PlanRecord.fileName)
    // All write the same; who finds it there leaves it, so that nobody reads while another writes.
    if (try? PlanRecord.read(place)) != plan.record { try AtomicFile.write(plan.record.encoded(), to: place) }
    for folder in Set(positions.map { FileSystem.parent(plan.outputs[$0].path) }).sorted() where folder != "."
    {
      try FileSystem.createDirectory(folder, below: directory)
      try AtomicFile.removeTemporaries(in: FileSystem.join(directory, folder))
    }
  }

  /// Writes the record, last of all.
  ///
  /// - Parameters:
  ///   - made: what a publisher wrote.
  ///   - tally: to which the maker has added what was made.
  ///   - threads: for what has to be read.
  /// - Returns: all of the part.
  /// - Throws: `StorageError`; as `ShardTally.add`.
  func finish(
    _ made: [(position: Int, entry: Manifest.Output)], tally: (any ShardTally)?, threads: Int
  ) throws -> [Manifest.Output] {
    for (position, entry) in made { reusable.add(entry, at: position) }
    let outputs = positions.compactMap { [reusable] in reusable[$0] }
    precondition(outputs.count == positions.count, "finished with shards to make")
    // A part of nothing has nothing to say.
    if !positions.isEmpty {
      let own = Set(made.map(\.position))
      let rest = positions.filter { [reusable] in !own.contains($0) && reusable.isThere[$0] }
      try tally.map { tally in
        try tally.add(
          rest.filter(tally.counts).compactMap { [reusable] in reusable[$0] }, in: directory, threads: threads
        )
      }
      let record = PartRecord(recipe: plan.recipe, outputs: outputs, tally: try tally?.encoded())
      try AtomicFile.write(
        record.encoded(), to: FileSystem.join(directory, PartRecord.fileName(positions)))
    }
    lock = nil
    return outputs
  }
}
