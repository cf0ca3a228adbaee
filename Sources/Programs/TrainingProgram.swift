import ArgumentParser
import Datasets
import Interchange
import Machine
import Networks
import Stage
import Storage
import Training

/// The common part of the programs that train: everything but the loss.
package protocol TrainingProgram: StageProgram {
  static var role: TrainingOptions.Role { get }
  var images: String { get }
  var validation: String? { get }
  var training: TrainingArguments { get }
  var out: OutputOptions { get }

  /// The training that the options describe.
  ///
  /// - Throws: `OptionError`, `InputError`, `StageError`, `StorageError`.
  func plan(_ options: TrainingOptions, console: Console) throws -> Training
}

extension TrainingProgram {
  /// The training set.
  ///
  /// - Throws: `StageError`, `StorageError`, `OptionError`, `InputError`.
  package func stream(_ softTargets: SoftTargetSet?, _ options: TrainingOptions) throws -> ExampleStream {
    try ExampleStream(
      images: ImageSet(images), softTargets: softTargets, selection: training.selection(seed: options.seed),
      seed: UInt64(options.seed))
  }

  /// The model with the initial weights; nil for random ones.
  ///
  /// - Throws: as `Model`.
  package func start() throws -> Model? { try training.start.map { try Model($0) } }

  /// The validation set, if there is one.
  ///
  /// - Throws: `StageError`, `StorageError`.
  package func validationSet() throws -> ImageSet? { try validation.map { try ImageSet($0) } }

  package func perform(_ console: Console) throws {
    let options = try training.options(Self.role)
    let request = out.request
    let seeds = try training.seedList()
    // All runs are planned before the first is trained: an error in the last must not appear hours later.
    let runs = try (seeds ?? [options.seed]).map { seed in
      var own = options
      own.seed = seed
      let name = seeds == nil ? nil : "seed=\(seed)"
      return try PlannedTraining(
        plan(own, console: console), name.map { request.below($0) } ?? request, name: name,
        curves: training.tensorboard.map { place in name.map { FileSystem.join(place, $0) } ?? place },
        threads: common.threads)
    }
    if request.dryRun {
      let summaries = try runs.map { try $0.estimate(threads: common.threads) }
      return try DirectorySummary.report(summaries, json: common.json, console: console)
    }
    let pending = runs.filter { !$0.directory.isUpToDate }
    // `begin` makes nothing here: it removes leftovers, and records where the inputs are now.
    for run in runs where run.directory.isUpToDate {
      try run.directory.begin()
      try run.writeCurves()
    }
    try train(pending, console)
    try TrainingReport(runs).write(json: common.json, isList: seeds != nil, console)
  }

  /// Trains one net per thread, because threads that share a net wait for each other; the last few share the threads.
  private func train(_ pending: [PlannedTraining], _ console: Console) throws {
    guard let first = pending.first else { return console.note("up to date") }
    let clock = ContinuousClock()
    let begin = clock.now
    let budget = MemoryBudget.ofProgram
    let together = try netsAtOnce(pending, budget, console)
    // Before the images are counted: after an interruption the counts are in the checkpoint.
    for run in pending { run.training.recall(in: run.directory) }
    // The sum, because all nets are written to the same disk.
    first.directory.announce(bytes: pending.reduce(0) { $0 + $1.training.largestBytes }, console: console)
    let images = try pending.reduce(0) { try $0 + $1.training.totalImages(threads: common.threads) }
    let progress = ProgressMeter(
      pending.count == 1 ? first.name : "\(pending.count) nets", total: images, unit: "images",
      console: console)
    let threads = common.threads
    let rest = pending.count % together
    for group in [pending[..<(pending.count - rest)], pending[(pending.count - rest)...]] where !group.isEmpty
    {
      let atOnce = min(together, group.count)
      try Processors.forEach(below: group.count, threads: atOnce) {
        try group[group.startIndex + $0].train(
          threads: threads / atOnce, budget: budget.divided(by: atOnce), progress: progress,
          console: console)
      }
    }
    console.note("done: \(images) images in " + Format.duration((clock.now - begin).seconds))
  }

  /// As many nets as there are threads, as far as there is memory for them.
  ///
  /// - Throws: `MachineError.tooLittleMemory` if there is not enough for one.
  private func netsAtOnce(_ pending: [PlannedTraining], _ budget: MemoryBudget, _ console: Console) throws
    -> Int
  {
    let wanted = min(common.threads, pending.count)
    var needed = 0
    for run in pending {
      let own = run.training.neededBytes(threads: common.threads)
      var rest = budget
      try rest.take(own, for: run.name)
      needed = max(needed, own)
    }
    let found = budget.atOnce(wanted, each: needed)
    if found < wanted {
      let megabytes = (needed + 999_999) / 1_000_000
      console.note("memory for \(found) of \(wanted) nets at a time, \(megabytes) MB each")
    }
    return found
  }
}

/// One training of a command, and its directory.
///
/// `@unchecked Sendable`: during a training only its thread uses `directory` and `made`; before and after, only the
/// main thread.
final class PlannedTraining: @unchecked Sendable {
  let training: Training
  let directory: OutputDirectory
  let name: String
  private let curves: String?
  private(set) var made = 0

  init(_ training: Training, _ request: OutputRequest, name: String?, curves: String?, threads: Int) throws {
    self.training = training
    self.curves = curves
    directory = try OutputDirectory(training.plan, request, threads: threads)
    self.name = (name.map { "\($0): " } ?? "") + training.architectureName
  }

  func estimate(threads: Int) throws -> DirectorySummary {
    // An estimate runs some steps, which a finished training does not need.
    let estimate =
      try directory.isUpToDate
      ? (bytes: directory.manifest?.bytes ?? 0, seconds: 0) : training.estimate(threads: threads)
    return DirectorySummary(
      directory.output, planned: directory, bytes: estimate.bytes, seconds: estimate.seconds,
      examples: try training.epochExamples(threads: threads))
  }

  func train(threads: Int, budget: MemoryBudget, progress: ProgressMeter, console: Console) throws {
    try directory.begin()
    // Another process may have finished it since it was planned.
    guard !directory.isUpToDate else { return try writeCurves() }
    _ = try training.train(
      into: directory, name: name, threads: threads, progress: progress, console: console,
      observer: curves.map { try CurveFile(in: $0) }, budget: budget)
    made = 1
  }

  /// Writes the curves of a finished training from its log.
  func writeCurves() throws {
    guard let curves else { return }
    let entries = try StageLog(directory: directory.directory).entries(TrainingLogEntry.self)
    try CurveFile(in: curves).begin(after: entries.filter { $0.training == training.identity })
  }
}
