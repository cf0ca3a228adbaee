import ArgumentParser
import Datasets
import Evaluation
import Networks
import Programs
import Specialists
import Stage
import Storage

/// Models and image shards → errors and how sure the models were.
@main
struct Evaluate: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-evaluate",
    abstract: "Count the errors of a model, of several as an ensemble, or of each of them.",
    discussion: """
      With --each every model has a row of its own, and is compared with the first on the images that one of the two \
      gets wrong. With --evaluations the rows are of files that --output has kept earlier.

      With --specialists the one model is their generalist: its most probable classes choose who is asked, and the \
      answer is the distribution that agrees best with all of them (paper, section 5.4). A specialist alone is judged \
      by its own outputs.

      Example: dk-evaluate student --images shards/test
      Example: dk-evaluate baseline teacher student --each --images shards/test
      Example: dk-evaluate teacher --specialists specialist-0 specialist-1 --images shards/test
      """,
    version: Version.text)

  @Argument(help: "Models: directories, or model files; several are averaged, unless there is --each.")
  var models: [String] = []

  @Option(help: "Directory of image shards.")
  var images: String?

  @Flag(help: "Evaluate each model by itself, and compare it with the first.")
  var each = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "In place of models and images: compare evaluations that --output has written.", valueName: "files"))
  var evaluations: [String] = []

  @Option(help: "Directory of soft targets of these images: also say how near the model is to the teacher.")
  var softTargets: String?

  @OptionGroup var panel: PanelOptions

  @Option(help: "How several models are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Also write the JSON object to this file.")
  var output: String?

  @Option(
    help: "Also write a CSV file: index, variant, source, label, prediction and probabilities of each image.")
  var predictions: String?

  @Flag(help: "A table of comma-separated values on stdout: a row for each model.")
  var csv = false

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard evaluations.isEmpty else { return try compareKept(console) }
    guard let images else {
      throw OptionError.missing(option: "--images", expected: "a directory of image shards")
    }
    guard !models.isEmpty else { throw OptionError.missing(option: "MODELS", expected: "a model") }
    guard !(csv && common.json) else { throw OptionError.expectedOne(of: ["--csv", "--json"]) }
    try panel.check(generalists: models, as: "model")
    let set = try ImageSet(images)
    let targets = try softTargets.map { try SoftTargetSet($0) }
    if each { return try compareEach(set, targets, console) }
    // Without labels there is something to say all the same, where it is asked for.
    guard set.isLabelled || predictions != nil || softTargets != nil,
      set.isLabelled || !(panel.isGiven || csv)
    else { throw InputError.noLabels(path: images) }
    let subject = try Subject(models, panel, set)
    warnOfStale([subject], set, targets, console)
    let outputs = try ResultFiles(
      report: output, predictions: predictions, inputs: inputs, classes: subject.labelMap.outputs)
    let progress = ProgressMeter(
      "evaluate", total: set.examples * (panel.isGiven ? 2 : 1), unit: "images", console: console)
    let evaluation = try subject.evaluate(
      targets, combination: combine, threads: common.threads, progress: progress, visit: outputs.append)
    let seconds = progress.seconds
    guard set.isLabelled else {
      let report = UnlabelledReport(
        evaluation, models: subject.models.map(\.source), images: set, softTargets: targets)
      try outputs.finish(report)
      console.note("done: \(set.examples) images in \(Format.duration(seconds))")
      return common.json ? try console.result(json: report) : try console.result(report.table(names: models))
    }
    let study = try (subject.predictor as? SpecialistPanel).map {
      try PanelStudy($0, images: subject.set, joint: evaluation, threads: common.threads, progress: progress)
    }
    let report = subject.report(evaluation, targets, study)
    try outputs.finish(report)
    console.note("done: \(evaluation.examples) images in \(Format.duration(progress.seconds))")
    if common.json {
      try console.result(json: report)
    } else if csv {
      let name = (models + panel.specialists).joined(separator: " + ")
      let speed = Double(set.examples) / max(seconds, 1e-9)
      try console.result(ModelComparison([(name, report, speed)]).csv)
    } else {
      try console.result(report.table(names: models + panel.specialists, width: console.resultWidth))
    }
  }

  /// What no output may be.
  var inputs: [String] {
    models + panel.specialists + evaluations + [images, softTargets].compactMap { $0 }
  }

  func warnOfStale(_ subjects: [Subject], _ set: ImageSet, _ targets: SoftTargetSet?, _ console: Console) {
    StaleNotes.warn(
      [set.directory] + subjects.flatMap { $0.models.compactMap(\.directory) }
        + (targets.map { [$0.directory] } ?? []), console)
  }
}

extension Combination: ExpressibleByArgument {}
