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
    discussion: "Example: dk-evaluate student --images shards/test",
    version: Version.text)

  @Argument(help: "Models: directories, or model files; several are averaged.")
  var models: [String]

  @Option(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of soft targets of these images: also say how near the model is to the teacher.")
  var softTargets: String?

  @Option(help: "How several models are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Also write the JSON object to this file.")
  var output: String?

  @Option(help: "Also write a CSV file: index, shift, label, prediction and probabilities of each image.")
  var predictions: String?

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    let set = try ImageSet(images)
    guard set.isLabelled else { throw InputError.noLabels(path: images) }
    let read = try models.map { try Network.read($0) }
    for model in read { try model.expect(inputs: set.shape.count, classes: set.classes, of: images) }
    let targets = try softTargets.map { try SoftTargetSet($0) }
    let words = try targets.map { try Evaluator.Words($0, of: set) }
    StaleNotes.warn(
      [set.directory] + read.compactMap(\.directory) + (targets.map { [$0.directory] } ?? []), console)
    let outputs = try ResultFiles(
      report: output, predictions: predictions, inputs: models + [images] + (softTargets.map { [$0] } ?? []),
      classes: set.classes)
    let progress = ProgressMeter("evaluate", total: set.examples, unit: "images", console: console)
    let evaluation = try Evaluator(read.map(\.network), paths: models, combination: combine).evaluate(
      shardCount: set.shards.count, classes: set.classes, threads: common.threads, progress: progress,
      words: words, read: { try set.read(set.shards[$0]) }, visit: outputs.append)
    let report = EvaluationReport(evaluation, models: read.map(\.source), images: set, softTargets: targets)
    try outputs.finish(report)
    console.note("done: \(evaluation.examples) images in \(Format.duration(progress.seconds))")
    if common.json {
      try console.result(json: report)
    } else {
      try console.result(report.table(names: models, width: console.resultWidth))
    }
  }
}

extension Combination: ExpressibleByArgument {}
