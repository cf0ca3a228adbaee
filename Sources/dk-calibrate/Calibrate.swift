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
    // Found out now, not when the images are read.
    _ = try targets?.temperature
    guard seed >= 0 else {
      throw OptionError.wrongValue(option: "--seed", expected: "0 or more", found: String(seed))
    }
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
    guard let manifest else {
      return try DirectorySummary.report([summary], json: common.json, console: console)
    }
    try CorrectionReport(summary, manifest).write(json: common.json, console)
  }

  private func goal(outputs: Int) throws -> Calibration.Goal {
    if fit == .temperature {
      for (option, isGiven) in [
        ("--soft-targets", softTargets != nil), ("--prior", prior != nil), ("--classes", classes != nil),
      ] where isGiven { throw OptionError.expectedOne(of: ["--fit temperature", option]) }
      return .temperature
    }
    guard (softTargets == nil) != (prior == nil) else {
      throw OptionError.expectedOne(of: ["--soft-targets", "--prior"])
    }
    switch prior {
    case nil: return .softTargets
    case "uniform": return .prior([Double](repeating: 1 / Double(outputs), count: outputs))
    case "labels": return .labels
    case let text?:
      guard let list = NumberList.numbers(text), list.allSatisfy({ $0 >= 0 }),
        abs(list.reduce(0, +) - 1) < 1e-6
      else {
        throw OptionError.wrongValue(
          option: "--prior", expected: "uniform, labels, or probabilities that sum to 1", found: "'\(text)'")
      }
      return .prior(list)
    }
  }
}
