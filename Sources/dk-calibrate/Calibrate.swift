import ArgumentParser
import Datasets
import Networks
import Programs
import Stage
import Teachers

/// A model and images → the same model with corrected outputs.
@main
struct Calibrate: StageProgram {
  enum Fit: String, ExpressibleByArgument, CaseIterable { case biases, temperature }

  static let configuration = CommandConfiguration(
    commandName: "dk-calibrate",
    abstract: "Correct the biases of a model's outputs, or the temperature of its logits, without training.",
    discussion: """
      --fit biases makes the mean class probabilities over the images those of soft targets, or a prior: so a \
      student whose transfer set lacked a class learns how frequent it is (paper, section 4). No label is needed. \
      --fit temperature divides all logits by the number at which the labels are likeliest. Either is \
      folded into the last layer of the model that is written.

      Example: dk-calibrate student --images shards/train --soft-targets soft/temperature=1 --classes 3 \
      --output corrected
      """,
    version: Version.text)

  @Argument(help: "Model: a directory, or a model file.")
  var model: String

  @Option(help: "Directory of image shards to go by.")
  var images: String

  @Option(help: "What is corrected: biases or temperature.")
  var fit = Fit.biases

  @Option(help: "Directory of soft targets of these images, of which the mean is wanted.")
  var softTargets: String?

  @Option(
    help: ArgumentHelp(
      "Wanted mean probabilities: uniform, labels (as frequent as they are), or a number for each class.",
      valueName: "list"))
  var prior: String?

  @Option(help: "Classes of which the bias may move, such as 3 or 7,8 (default: all).")
  var classes: String?

  @Option(help: "Of the training, where --fraction took a part of the set.")
  var seed = 0

  @OptionGroup var selected: SelectionOptions
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    let model = try Model(model)
    let goal = try goal(outputs: model.outputs)
    let targets = try softTargets.map { try SoftTargetSet($0) }
    // Logits have no temperature: refuse them before the images are read.
    _ = try targets?.temperature
    // Checked here, because the conversion to UInt64 in the selection would trap.
    guard seed >= 0 else {
      throw OptionError.wrongValue(option: "--seed", expected: "0 or more", found: String(seed))
    }
    // The order of the images is fixed, so --seed has no effect but the choice of a fraction.
    let stream = try ExampleStream(
      images: ImageSet(images).matched(to: model.labelMap, like: model.path), softTargets: targets,
      selection: selected.selection(seed: seed), seed: 0)
    StaleNotes.warn(
      [stream.images.directory] + [model.directory, targets?.directory].compactMap { $0 }, console)
    let calibration = try Calibration(
      stage: "dk-calibrate", model: model, stream: stream, goal: goal,
      classes: ClassList.read(classes, option: "--classes"))
    let (summary, manifest) = try calibration.make(out.request, threads: common.threads, console: console)
    StaleNotes.warn(after: [summary], console)
    // Only a dry run has no manifest.
    guard let manifest else {
      return try DirectorySummary.report([summary], json: common.json, console: console)
    }
    console.note(summary.made == 0 ? "up to date" : "done: \(summary.output)")
    let report = CorrectionReport(summary, manifest)
    try console.result(report, json: common.json, text: report.table.text)
  }

  private func goal(outputs: Int) throws -> Calibration.Goal {
    if fit == .temperature {
      // These belong to the fit of biases; the fit of a temperature would ignore them without notice.
      for (option, isGiven) in [
        ("--soft-targets", softTargets != nil), ("--prior", prior != nil), ("--classes", classes != nil),
      ] where isGiven { throw OptionError.expectedOne(of: ["--fit temperature", option]) }
      return .temperature
    }
    guard (softTargets == nil) != (prior == nil) else {
      throw OptionError.expectedOne(of: ["--soft-targets", "--prior"])
    }
    return try prior.map { try Calibration.Goal(prior: $0, outputs: outputs) } ?? .softTargets
  }
}
