import ArgumentParser
import Datasets
import Networks
import Stage

/// What `dk-teach` and `dk-distill` share: everything but what they minimise.
package protocol TrainingProgram: StageProgram {
  var images: String { get }
  var validation: String? { get }
  var training: TrainingArguments { get }
  var out: OutputOptions { get }

  /// The training that the options describe.
  func plan() throws -> Training
}

extension TrainingProgram {
  package func perform(_ console: Console) throws {
    let training = try plan()
    let work = try Work(training.plan, options: out)
    if out.dryRun {
      let estimate = try work.isUpToDate ? (bytes: 0, seconds: 0) : training.estimate(threads: common.threads)
      let summary = DirectorySummary(
        out.output, planned: work, bytes: estimate.bytes, seconds: estimate.seconds,
        examples: training.examples)
      return try DirectorySummary.report([summary], json: common.json, console: console)
    }
    let manifest: Manifest
    if let finished = work.manifest, work.isUpToDate {
      console.note("up to date")
      manifest = finished
    } else {
      let start = ContinuousClock.now
      work.announce(bytes: training.largestBytes, console: console)
      manifest = try training.run(work, threads: common.threads, console: console)
      let steps = manifest.counts["steps"] ?? 0
      console.note(
        "done: \(steps) steps on \(training.examples) examples an epoch in "
          + Format.duration((ContinuousClock.now - start).seconds))
    }
    if common.json {
      let summary = try DirectorySummary(out.output, manifest, made: work.isUpToDate ? 0 : 1)
      return try console.result(json: TrainingSummary(outputs: [summary], results: manifest.results))
    }
    var rows = [["model", out.output], ["parameters", String(manifest.counts["parameters"] ?? 0)]]
    for (name, value) in manifest.results.sorted(by: { $0.key < $1.key }) {
      rows.append([name, value.description])
    }
    try console.result(Format.table(rows))
  }
}

private struct TrainingSummary: Encodable {
  let outputs: [DirectorySummary]
  let results: [String: JSONValue]
}
