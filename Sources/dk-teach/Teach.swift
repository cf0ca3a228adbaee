import ArgumentParser
import Datasets
import Distillation
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
      """)

  @Argument(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of image shards, evaluated after each epoch.")
  var validation: String?

  @OptionGroup(title: "Training") var training: TrainingArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  static let defaults = TrainingOptions.teacher

  func plan(_ options: TrainingOptions) throws -> Training {
    let stream = try TransferStream(images: ImageSet(images), softTargets: nil, seed: UInt64(options.seed))
    return try Training(
      stage: "dk-teach", stream: stream, validation: validation.map { try ImageSet($0) },
      objective: HardTargetLoss(), options: options)
  }
}
