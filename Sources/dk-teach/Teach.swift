import ArgumentParser
import Datasets
import Networks
import Programs
import Specialists
import Stage
import Training

/// Image shards → a teacher, or a specialist.
@main
struct Teach: TrainingProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-teach",
    abstract: "Train a teacher on hard targets.",
    discussion: """
      A multilayer perceptron with ReLU, dropout and max-norm (paper, section 3). Epoch e reads copy e of a \
      jittered set, modulo the number of copies.

      With --specialist it trains one specialist for a set of classes that dk-specialize found (section 5): half of \
      each batch is of these classes, and all others share one output, or with --soft-targets keep their own and learn \
      from the generalist how they compare with one another (section 6.1).

      Example: dk-teach jittered/train --validation shards/validation --output teacher
      Example: dk-teach jittered/train --specialist sets#0 --init teacher --output specialist-0
      """,
    version: Version.text)

  @Argument(help: "Directory of image shards.")
  var images: String

  @Option(
    help:
      "Directory of image shards, evaluated after each epoch; does not affect the model, except with --early-stopping."
  )
  var validation: String?

  @Option(
    help: ArgumentHelp("Train a specialist for this set of classes, such as sets#0.", valueName: "sets#k"))
  var specialist: String?

  @Option(help: "With --specialist: directory of the generalist's soft targets of these images.")
  var softTargets: String?

  // 0 by default: the soft targets alone teach how the other classes compare (paper, section 6.1).
  @Option(help: "With --soft-targets: weight of the hard targets of the other classes, 0 to 1.")
  var hardWeight = 0.0

  @OptionGroup var training: TrainingArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  static let role = TrainingOptions.Role.teacher

  func plan(_ options: TrainingOptions, console: Console) throws -> Training {
    guard let specialist else {
      // Without a set of classes these mean distillation, which dk-distill does.
      for (option, isGiven) in [("--soft-targets", softTargets != nil), ("--hard-weight", hardWeight != 0)]
      where isGiven {
        throw OptionError.missing(option: "--specialist", expected: "a set of classes beside \(option)")
      }
      let stream = try stream(nil, options)
      guard stream.isLabelled else { throw InputError.noLabels(path: images) }
      return try Training(
        stage: "dk-teach", role: .teacher, stream: stream, validation: validationSet(),
        objective: HardTargetLoss(), options: options, start: start())
    }
    // With a dustbin class all targets are hard, so the weight would have no effect.
    guard softTargets != nil || hardWeight == 0 else {
      throw OptionError.missing(option: "--soft-targets", expected: "them beside --hard-weight")
    }
    let choice = try SpecialistSets.Choice(specialist)
    let set = try ImageSet(images)
    let soft = try softTargets.map { try SoftTargetSet($0) }
    StaleNotes.warn([set.directory, choice.sets.directory] + (soft.map { [$0.directory] } ?? []), console)
    // This initialiser makes the stream: the special classes decide the label map and half of each batch.
    return try Training(
      specialist: choice, stage: "dk-teach", images: set, softTargets: soft, hardWeight: hardWeight,
      selection: training.selection(seed: options.seed), validation: validationSet(), options: options,
      start: start())
  }
}
