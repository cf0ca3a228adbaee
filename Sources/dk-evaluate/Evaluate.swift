import ArgumentParser
import Datasets
import Distillation
import Networks
import Stage
import Storage

/// Models and image shards → errors and how sure the models were.
@main
struct Evaluate: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-evaluate",
    abstract: "Count the errors of a model, or of several as an ensemble.",
    discussion: "Example: dk-evaluate student --images shards/test")

  @Argument(help: "Models: directories, or model files; several are averaged.")
  var models: [String]

  @Option(help: "Directory of image shards.")
  var images: String

  @Option(help: "How several models are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Also write the JSON object to this file.")
  var output: String?

  @Option(help: "Also write a CSV file: index, shift, label, prediction and probabilities of each image.")
  var predictions: String?

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    let set = try ImageSet(images)
    let read = try models.map { try Network.read($0) }
    let total = set.shards.reduce(0) { $0 + ($1.examples ?? 0) }
    let progress = ProgressMeter("evaluate", total: total, unit: "images", console: console)
    var table = predictions.map { _ in PredictionTable(classes: set.classes) }
    let evaluation = try Evaluation.run(
      read.map(\.network), on: set, combination: combine, threads: common.threads, progress: progress
    ) { shard, probabilities in
      table?.append(shard, probabilities)
    }
    let report = EvaluationReport(evaluation, models: read.map(\.source), images: set)
    if let output { try AtomicFile.write(try CanonicalJSON.report(report, pretty: true), to: output) }
    if let predictions, let table { try AtomicFile.write(Array(table.text.utf8), to: predictions) }
    console.note("done: \(evaluation.examples) images in \(Format.duration(progress.seconds))")
    if common.json {
      try console.result(json: report)
    } else {
      try console.result(report.table(names: models))
    }
  }
}
