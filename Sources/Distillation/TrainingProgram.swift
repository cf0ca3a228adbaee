import ArgumentParser
import Datasets
import Networks
import Stage

/// What `dk-teach` and `dk-distill` share: everything but what they minimise.
package protocol TrainingProgram: StageProgram {
  static var defaults: TrainingOptions { get }
  var images: String { get }
  var validation: String? { get }
  var training: TrainingArguments { get }
  var out: OutputOptions { get }

  /// The training that the options describe.
  func plan(_ options: TrainingOptions) throws -> Training
}

extension TrainingProgram {
  package func perform(_ console: Console) throws {
    let options = try training.options(defaults: Self.defaults)
    let runs: [TrainingRun]
    if let seeds = try training.seedList() {
      runs = try seeds.map { seed in
        var options = options
        options.seed = seed
        try options.check()
        return try TrainingRun(plan(options), out, subdirectory: "seed=\(seed)")
      }
    } else {
      runs = [try TrainingRun(plan(options), out)]
    }
    if out.dryRun {
      let summaries = try runs.map { try $0.estimate(out, threads: common.threads) }
      return try DirectorySummary.report(summaries, json: common.json, console: console)
    }
    try train(runs.filter { !$0.work.isUpToDate }, console)
    try report(runs, isList: training.seeds != nil, console)
  }

  /// One net a thread, because threads that share a net wait for each other; the last few share the threads.
  private func train(_ pending: [TrainingRun], _ console: Console) throws {
    guard !pending.isEmpty else { return console.note("up to date") }
    let start = ContinuousClock.now
    pending[0].work.announce(bytes: pending.reduce(0) { $0 + $1.training.largestBytes }, console: console)
    let progress = ProgressMeter(
      pending.count == 1 ? pending[0].name : "\(pending.count) nets",
      total: pending.reduce(0) { $0 + $1.training.totalImages }, unit: "images", console: console)
    let threads = common.threads
    let rest = pending.count % threads
    for group in [pending[..<(pending.count - rest)], pending[(pending.count - rest)...]] where !group.isEmpty
    {
      let atOnce = min(threads, group.count)
      try Processors.forEach(below: group.count, threads: atOnce) {
        try group[group.startIndex + $0].run(
          threads: threads / atOnce, progress: progress, console: console)
      }
    }
    let images = pending.reduce(0) { $0 + $1.training.totalImages }
    console.note("done: \(images) images in " + Format.duration((ContinuousClock.now - start).seconds))
  }

  private func report(_ runs: [TrainingRun], isList: Bool, _ console: Console) throws {
    let manifests = runs.compactMap(\.work.manifest)
    if common.json {
      let summaries = try zip(runs, manifests).map { run, manifest in
        try DirectorySummary(run.directory, manifest, made: run.work.isUpToDate ? 0 : 1)
      }
      if isList {
        return try console.result(json: Summary(outputs: summaries, results: manifests.map(\.results)))
      }
      return try console.result(json: Summary(outputs: summaries, results: manifests[0].results))
    }
    let names = Set(manifests.flatMap(\.results.keys)).sorted()
    var rows = [["model", "parameters"] + names]
    for (run, manifest) in zip(runs, manifests) {
      rows.append(
        [run.directory, String(manifest.counts["parameters"] ?? 0)]
          + names.map { manifest.results[$0]?.description ?? "-" })
    }
    // One net reads better from top to bottom.
    if !isList { rows = rows[0].indices.map { column in rows.map { $0[column] } } }
    try console.result(Format.table(rows))
  }
}

/// One of the trainings of a command, and its directory.
///
/// `@unchecked Sendable`: `work` is used by the thread that trains it, and before and after by the main one.
private struct TrainingRun: @unchecked Sendable {
  let training: Training
  let work: Work
  let directory: String
  let name: String

  init(_ training: Training, _ out: OutputOptions, subdirectory: String? = nil) throws {
    self.training = training
    work = try Work(training.plan, options: out, subdirectory: subdirectory)
    directory = subdirectory.map { "\(out.output)/\($0)" } ?? out.output
    name = subdirectory.map { "\($0): \(training.architectureName)" } ?? training.architectureName
  }

  func estimate(_ out: OutputOptions, threads: Int) throws -> DirectorySummary {
    let estimate = try work.isUpToDate ? (bytes: 0, seconds: 0) : training.estimate(threads: threads)
    return DirectorySummary(
      directory, planned: work, bytes: estimate.bytes, seconds: estimate.seconds, examples: training.examples)
  }

  func run(threads: Int, progress: ProgressMeter, console: Console) throws {
    _ = try training.run(work, name: name, threads: threads, progress: progress, console: console)
  }
}

private struct Summary<Results: Encodable>: Encodable {
  let outputs: [DirectorySummary]
  let results: Results
}
