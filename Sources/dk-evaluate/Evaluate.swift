import ArgumentParser
import Datasets
import Distillation
import Networks
import Programs
import Stage
import Storage

/// Models and image shards → errors and how sure the models were.
@main
struct Evaluate: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-evaluate",
    abstract: "Count the errors of a model, or of several as an ensemble.",
    discussion: """
      With --specialists the one model is their generalist: its most probable classes choose who is asked, and the \
      answer is the distribution that agrees best with all of them (paper, section 5.4). A specialist alone is judged \
      by its own outputs.

      Example: dk-evaluate student --images shards/test
      Example: dk-evaluate teacher --specialists specialist-0 specialist-1 --images shards/test
      """,
    version: Version.text)

  @Argument(help: "Models: directories, or model files; several are averaged.")
  var models: [String]

  @Option(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of soft targets of these images: also say how near the model is to the teacher.")
  var softTargets: String?

  @OptionGroup var panel: PanelOptions

  @Option(help: "How several models are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Also write the JSON object to this file.")
  var output: String?

  @Option(help: "Also write a CSV file: index, shift, label, prediction and probabilities of each image.")
  var predictions: String?

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    try panel.check(generalists: models, as: "model")
    let set = try ImageSet(images)
    // Without labels there is something to say all the same, where it is asked for.
    guard set.isLabelled || predictions != nil || softTargets != nil, set.isLabelled || !panel.isGiven else {
      throw InputError.noLabels(path: images)
    }
    let subject = try Subject(models, panel, set)
    let targets = try softTargets.map { try SoftTargetSet($0) }
    let words = try targets.map { try Evaluator.Words($0, of: set, classes: subject.outputMap.count) }
    StaleNotes.warn(
      [set.directory] + subject.read.compactMap(\.directory) + (targets.map { [$0.directory] } ?? []), console
    )
    let outputs = try ResultFiles(
      report: output, predictions: predictions,
      inputs: models + panel.specialists + [images] + (softTargets.map { [$0] } ?? []),
      classes: subject.outputMap.count)
    let progress = ProgressMeter(
      "evaluate", total: set.examples * (panel.isGiven ? 2 : 1), unit: "images", console: console)
    let evaluation = try Evaluator(subject.predictor, combination: combine).evaluate(
      shardCount: set.shards.count, classes: subject.outputMap.count, threads: common.threads,
      progress: progress, words: words,
      read: { subject.outputMap.applied(to: try set.read(set.shards[$0])) }, visit: outputs.append)
    guard set.isLabelled else {
      let report = UnlabelledReport(
        evaluation, models: subject.read.map(\.source), images: set, softTargets: targets)
      try outputs.finish(report)
      console.note("done: \(set.examples) images in \(Format.duration(progress.seconds))")
      return common.json ? try console.result(json: report) : try console.result(report.table(names: models))
    }
    let study = try (subject.predictor as? SpecialistPanel).map {
      try PanelStudy($0, images: set, joint: evaluation, threads: common.threads, progress: progress)
    }
    let report = EvaluationReport(
      evaluation, models: subject.read.map(\.source), images: set, softTargets: targets, specialists: study,
      labelNames: subject.labelNames)
    try outputs.finish(report)
    console.note("done: \(evaluation.examples) images in \(Format.duration(progress.seconds))")
    if common.json {
      try console.result(json: report)
    } else {
      try console.result(report.table(names: models + panel.specialists, width: console.resultWidth))
    }
  }
}

extension Combination: ExpressibleByArgument {}
