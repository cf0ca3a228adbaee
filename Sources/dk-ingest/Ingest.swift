import ArgumentParser
import Datasets
import Stage

/// Images and labels as a user has them → image shards.
@main
struct Ingest: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-ingest",
    abstract: "Turn images and labels into shards, clean or jittered.",
    discussion: """
      Reads a pair of IDX files (plain or gzip), or one safetensors file with `images` [n, rows, columns] U8 \
      and `labels` [n]. Writes OUTPUT/train, and with --validation OUTPUT/validation.

      Example: dk-ingest train-images-idx3-ubyte train-labels-idx1-ubyte --validation 5000 --output shards
      """)

  @Argument(help: "IDX images, or a safetensors file with images and labels.")
  var images: String

  @Argument(help: "IDX labels; none with a safetensors file.")
  var labels: String?

  @Option(help: "Name of the directory made under OUTPUT.")
  var split = "train"

  @Option(help: "Images held out for validation, each class by its share.")
  var validation = 0

  @Option(help: "Largest shift in pixels; the validation images are left out, not shifted.")
  var jitter = 0

  @Option(help: "Copies of the set, every image shifted otherwise in each; at most (2 jitter + 1)².")
  var copies = 1

  @Option(help: "Examples in a shard.")
  var shardSize = 4096

  @Option(help: "Number of classes (default: the largest label plus one).")
  var classes: Int?

  @Option(help: "Makes the split and the shifts repeatable.")
  var seed = 0

  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard seed >= 0 else { throw StageError.usage("--seed: expected 0 or more, found \(seed)") }
    var options = IngestOptions()
    options.split = split
    options.validation = validation
    options.jitter = jitter
    options.copies = copies
    options.shardSize = shardSize
    options.classes = classes
    options.seed = UInt64(seed)
    try options.check()
    let source: any ImageSource =
      try labels.map { try IDXSource(images: images, labels: $0) } ?? SafetensorsSource(images)
    let ingest = try ImageIngest(source, options: options)
    let works = try ingest.parts.map { try Work($0.plan, options: out, subdirectory: $0.split) }
    if out.dryRun {
      let estimates = try ingest.estimate(works, threads: common.threads)
      return try report(
        zip(zip(works, ingest.parts), estimates).map {
          DirectorySummary(
            "\(out.output)/\($0.1.split)", planned: $0.0, bytes: $1.bytes, seconds: $1.seconds,
            examples: $0.1.examples)
        }, console)
    }
    let madeCounts = works.map(\.pending.count)
    if works.contains(where: { !$0.isUpToDate }) {
      let total = ingest.pendingExamples(works)
      works[0].announce(bytes: total * source.rows * source.columns, console: console)
      let progress = ProgressMeter("ingest", total: total, unit: "images", console: console)
      try ingest.make(works, threads: common.threads, progress: progress)
      console.note(
        "done: \(madeCounts.reduce(0, +)) shards made, \(works.reduce(0) { $0 + $1.plan.outputs.count } - madeCounts.reduce(0, +)) reused, "
          + "\(total) images in \(Format.duration(progress.seconds))")
    } else {
      console.note("up to date")
    }
    try report(
      try zip(works, zip(ingest.parts, madeCounts)).map { work, part in
        let manifest = try work.manifest ?? work.finish(counts: ingest.counts(part.0))
        return try DirectorySummary("\(out.output)/\(part.0.split)", manifest, made: part.1)
      }, console)
  }

  private func report(_ summaries: [DirectorySummary], _ console: Console) throws {
    try DirectorySummary.report(summaries, json: common.json, console: console)
  }
}
