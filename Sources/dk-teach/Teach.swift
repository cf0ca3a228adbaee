import ArgumentParser
import Distillation
import Programs
import Stage

/// Image shards → a teacher.
@main
struct Teach: TrainingProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-teach",
    abstract: "Train a teacher on hard targets.",
    discussion: """
      A multilayer perceptron with ReLU, dropout and max-norm (paper, section 3). Epoch e reads copy e of a \
      jittered set, modulo the number of copies.

      Example: dk-teach jittered/train --validation shards/validation --output teacher
      """,
    version: Version.text)

  @Argument(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of image shards, evaluated after each epoch; no part of what is made.")
  var validation: String?

  @OptionGroup var training: TrainingArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  static let role = TrainingOptions.Role.teacher

  func plan(_ options: TrainingOptions, console: Console) throws -> Training {
    let stream = try stream(nil, options)
    guard stream.isLabelled else { throw InputError.noLabels(path: images) }
    return try Training(
      stage: "dk-teach", stream: stream, validation: validationSet(), objective: HardTargetLoss(),
      options: options, start: start())
  }
}
