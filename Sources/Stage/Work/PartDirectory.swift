import Storage

/// Makes a part of an output directory, while other processes, perhaps on other machines, make other parts.
///
/// It writes the shared plan, its own shards and its own record, and removes temporaries of killed processes of this
/// machine. Where two parts overlap, both write the same bytes.
final class PartDirectory {
  /// Path as the user gave it.
  let output: String
  /// Path with links resolved.
  let directory: String
  /// Positions of the part in the plan.
  let positions: Range<Int>
  /// Ascending positions of the shards to make.
  let pending: [Int]
  /// Manifest of the whole directory, if it is already finished.
  let manifest: Manifest?
  private let plan: Plan
  private var reusable: ReusableOutputs
  private var lock: DirectoryLock?

  /// Compares a part of `plan` with the existing content of `request.output`.
  ///
  /// - Parameters:
  ///   - plan: plan of the whole directory.
  ///   - request: output path and options.
  ///   - positions: positions of the part.
  ///   - threads: number of threads for reading existing files.
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
    // Only its own positions are examined, because other processes may be writing the rest.
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

  /// Number of shards of the part that existed already.
  var reusedCount: Int { positions.count - pending.count }

  /// Writes files of the plan; usable from any thread.
  var publisher: Publisher { Publisher(directory: directory, plan: plan) }

  /// Creates the directory and its plan, unless another process has.
  ///
  /// - Throws: `StageError.locked` if a run is making the whole directory; `.link`, `.notOurs`; `StorageError`.
  func begin() throws {
    try FileSystem.createDirectory(directory)
    // Shared with other parts, but never with a run that makes or joins the whole directory.
    lock = try DirectoryLock(directory, isShared: true)
    let own = OwnFiles(directory, [plan.record], scratch: plan.scratch)
    try own.checkLinks()
    if let folder = try own.folder(at: OwnFiles.withoutData.union([PartRecord.fileName(positions)])) {
      throw StageError.notOurs(path: output, found: folder)
    }
    try AtomicFile.removeTemporaries(in: directory)
    let place = FileSystem.join(directory, PlanRecord.fileName)
    // All parts write the same plan. An existing one is left alone, so that it does not change under a process that
    // reads it.
    if (try? PlanRecord.read(place)) != plan.record { try AtomicFile.write(plan.record.encoded(), to: place) }
    for folder in Set(positions.map { FileSystem.parent(plan.outputs[$0].path) }).sorted() where folder != "."
    {
      try FileSystem.createDirectory(folder, below: directory)
      try AtomicFile.removeTemporaries(in: FileSystem.join(directory, folder))
    }
  }

  /// Writes the record of the part, after all its shards.
  ///
  /// - Parameters:
  ///   - made: shards made in this run.
  ///   - tally: the tally, to which the maker has already added these shards.
  ///   - threads: number of threads for reading reused shards.
  /// - Returns: entries of all shards of the part.
  /// - Throws: `StorageError`; as `ShardTally.add`.
  func finish(
    _ made: [(position: Int, entry: Manifest.Output)], tally: (any ShardTally)?, threads: Int
  ) throws -> [Manifest.Output] {
    for (position, entry) in made { reusable.add(entry, at: position) }
    let outputs = positions.compactMap { [reusable] in reusable[$0] }
    precondition(outputs.count == positions.count, "finished with shards to make")
    // An empty part writes no record: its range would have no file name.
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
