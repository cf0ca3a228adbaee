import ArgumentParser
import Datasets
import Distillation
import Networks
import Stage
import Storage

/// Image shards and soft targets → a student.
@main
struct Distill: TrainingProgram {
  enum Loss: String, ExpressibleByArgument, CaseIterable { case soft, logits }

  static let configuration = CommandConfiguration(
    commandName: "dk-distill",
    abstract: "Train a student on soft targets, or a baseline on hard targets alone.",
    discussion: """
      Minimises (1 - w) T² KL(p_T ‖ q_T) + w CE(label, q_1) with the temperature T of the soft targets and \
      the weight w of the hard ones (paper, section 2). Without --soft-targets it trains the baseline.

      Example: dk-distill shards/train --soft-targets soft/temperature=20 --output student
      """)

  @Argument(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of soft targets of these images, or of logits with --loss logits.")
  var softTargets: String?

  @Option(help: "soft: the divergence at the temperature; logits: squared differences, its limit for T → ∞.")
  var loss = Loss.soft

  @Option(help: "Weight w of the hard targets, 0 to 1.")
  var hardWeight = 0.0

  @Option(help: "Directory of image shards, evaluated after each epoch.")
  var validation: String?

  @OptionGroup(title: "Training") var training: TrainingArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  static let defaults = TrainingOptions.student

  func plan(_ options: TrainingOptions) throws -> Training {
    guard (0...1).contains(hardWeight) else {
      throw StageError.usage("--hard-weight: expected 0 to 1, found \(hardWeight)")
    }
    let soft = try softTargets.map { try SoftTargetSet($0) }
    let stream = try TransferStream(images: ImageSet(images), softTargets: soft, seed: UInt64(options.seed))
    var parameters: [String: JSONValue] = [:]
    if soft != nil {
      parameters = ["loss": JSONValue(loss.rawValue), "hard-weight": JSONValue(hardWeight)]
    }
    return try Training(
      stage: "dk-distill", stream: stream, validation: validation.map { try ImageSet($0) },
      objective: objective(soft), options: options, parameters: parameters)
  }

  private func objective(_ soft: SoftTargetSet?) throws -> any Objective {
    guard let soft else {
      guard loss == .soft, hardWeight == 0 else {
        throw StageError.usage("--loss and --hard-weight: expected --soft-targets beside them, found none")
      }
      return HardTargetLoss()
    }
    switch (loss, soft.kind) {
    case (.soft, .probabilities(let temperature)):
      return SoftTargetLoss(temperature: temperature, hardWeight: hardWeight)
    case (.logits, .logits): return LogitLoss(hardWeight: hardWeight)
    case (.soft, .logits):
      throw StageError.badInput(
        path: soft.whole.directory,
        reason:
          "expected soft targets at a temperature, found logits; give soft/temperature=T or --loss logits")
    case (.logits, .probabilities):
      throw StageError.badInput(
        path: soft.whole.directory,
        reason: "expected logits for --loss logits, found probabilities; give soft/logits")
    }
  }
}
