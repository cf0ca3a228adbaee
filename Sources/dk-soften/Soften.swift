import ArgumentParser
import Datasets
import Distillation
import Stage

/// Teachers and image shards → logits, and soft targets at every temperature.
@main
struct Soften: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-soften",
    abstract: "Compute soft targets once, for every student to come.",
    discussion: """
      Writes OUTPUT/logits in one pass of the teachers, and from it OUTPUT/temperature=T for each temperature. \
      What is there already is reused.

      Example: dk-soften teacher --images shards/train --temperatures 1,4,20 --output soft
      """)

  @Argument(help: "Teachers: directories of models, or model files.")
  var teachers: [String] = []

  @Option(help: "Directory of image shards.")
  var images: String?

  @Option(help: "Use these logits, OUTPUT/logits of an earlier run, in place of teachers.")
  var fromLogits: String?

  @Option(help: "Use logits [n, classes] and indices [n] of another framework: a safetensors file.")
  var logits: String?

  @Option(help: "Temperatures, with commas between.")
  var temperatures = "1,2,4,8,20"

  @Option(help: "How several teachers are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Type of the soft targets: f32 or f16.")
  var dtype = SofteningOptions.Precision.f32

  @Option(help: "Keep the k most probable classes, and the rest as one number (default: all).")
  var topK: Int?

  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    var options = SofteningOptions()
    options.temperatures = try temperatureList()
    options.combination = combine
    options.precision = dtype
    options.topK = topK
    let source = try logitSource()
    var summaries: [DirectorySummary] = []
    let finished: SoftTargetSet
    switch source {
    case .finished(let set): finished = set
    case .toMake(let stage):
      try options.check(classes: stage.classes)
      guard let set = try makeLogits(stage, temperatures: options.temperatures, &summaries, console) else {
        return try DirectorySummary.report(summaries, json: common.json, console: console)
      }
      finished = set
    }
    for temperature in options.temperatures {
      try soften(finished, temperature, options, &summaries, console)
    }
    let made = summaries.reduce(0) { $0 + $1.made }
    console.note(
      made == 0 ? "up to date" : "done: \(made) shards made, \(summaries.reduce(0) { $0 + $1.reused }) reused"
    )
    try DirectorySummary.report(summaries, json: common.json, console: console)
  }

  private enum Source {
    case finished(SoftTargetSet)
    case toMake(LogitStage)
  }

  private func logitSource() throws -> Source {
    guard [!teachers.isEmpty, fromLogits != nil, logits != nil].filter({ $0 }).count == 1 else {
      throw StageError.usage("expected one of: teachers, --from-logits, --logits; see --help")
    }
    if let fromLogits { return .finished(try SoftTargetSet(fromLogits)) }
    guard let images else { throw StageError.usage("expected --images, the directory of image shards") }
    let set = try ImageSet(images)
    let source: any LogitSource =
      try logits.map { try ForeignLogits($0, images: set) } ?? TeacherLogits(teachers, images: set)
    return .toMake(try LogitStage(source, images: set))
  }

  private func makeLogits(
    _ stage: LogitStage, temperatures: [Double], _ summaries: inout [DirectorySummary], _ console: Console
  ) throws -> SoftTargetSet? {
    let work = try Work(stage.plan, options: out, subdirectory: LogitStage.directory)
    let directory = "\(out.output)/\(LogitStage.directory)"
    if out.dryRun, !work.isUpToDate {
      let estimate = try stage.estimate(work, threads: common.threads)
      summaries.append(
        DirectorySummary(
          directory, planned: work, bytes: estimate.bytes, seconds: estimate.seconds, examples: stage.examples
        ))
      for temperature in temperatures {
        // A temperature holds as many numbers as one teacher's logits, and costs almost no time beside them.
        summaries.append(
          DirectorySummary(
            "\(out.output)/\(TemperatureStage.directory(temperature))", planned: work, bytes: estimate.bytes,
            seconds: 0, examples: stage.examples))
      }
      return nil
    }
    let pending = work.pending.count
    if !work.isUpToDate {
      work.announce(
        bytes: stage.examples * (stage.classes * 4 + 8) * (1 + temperatures.count), console: console)
      console.note("\(directory): \(pending) shards to make, \(work.reusedCount) reused")
      let progress = ProgressMeter("logits", total: stage.examples, unit: "images", console: console)
      try stage.run(work, threads: common.threads, progress: progress)
    }
    if let manifest = work.manifest {
      summaries.append(try DirectorySummary(directory, manifest, made: pending))
    }
    return try SoftTargetSet(directory)
  }

  private func soften(
    _ logits: SoftTargetSet, _ temperature: Double, _ options: SofteningOptions,
    _ summaries: inout [DirectorySummary], _ console: Console
  ) throws {
    let stage = try TemperatureStage(logits, temperature: temperature, options: options)
    let name = TemperatureStage.directory(temperature)
    let directory = "\(out.output)/\(name)"
    let work = try Work(stage.plan, options: out, subdirectory: name)
    if out.dryRun {
      let bytes = logits.shards.reduce(0) { $0 + $1.bytes }
      summaries.append(
        DirectorySummary(directory, planned: work, bytes: bytes, seconds: 0, examples: stage.examples))
      return
    }
    let pending = work.pending.count
    if !work.isUpToDate {
      console.note("\(directory): \(pending) shards to make, \(work.reusedCount) reused")
      let progress = ProgressMeter(name, total: stage.examples, unit: "images", console: console)
      if let loss = try stage.run(work, threads: common.threads, progress: progress) {
        console.note(
          "\(directory): against dense f32: KL \(Format.significant(loss.divergence)) nats, largest difference "
            + Format.significant(loss.largest))
      }
    }
    if let manifest = work.manifest {
      summaries.append(try DirectorySummary(directory, manifest, made: pending))
    }
  }

  private func temperatureList() throws -> [Double] {
    try temperatures.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let value = Double($0), value > 0, value.isFinite else {
        throw StageError.usage(
          "--temperatures: expected positive numbers such as 1,4,20, found '\(temperatures)'")
      }
      return value
    }
  }
}
