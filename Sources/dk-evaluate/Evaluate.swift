import ArgumentParser
import Datasets
import Networks
import Programs
import Stage

/// Models and image shards → errors, likelihood and calibration.
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
    // First, because kept evaluations need neither the models nor the images that are required below.
    guard evaluations.isEmpty else { return try compareKept(console) }
    guard let images else {
      throw OptionError.missing(option: "--images", expected: "a directory of image shards")
    }
    guard !models.isEmpty else { throw OptionError.missing(option: "MODELS", expected: "a model") }
    guard !(csv && common.json) else { throw OptionError.expectedOne(of: ["--csv", "--json"]) }
    try panel.check(generalists: models, as: "model")
    let set = try ImageSet(images)
    let targets = try softTargets.map { try SoftTargetSet($0) }
    try each ? evaluateEach(set, targets, console) : evaluateTogether(set, targets, console)
  }
}
