import ArgumentParser
import Datasets
import Networks
import Programs
import Stage
import Storage
import Training

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
      """,
    version: Version.text)

  @Argument(help: "Directory of image shards.")
  var images: String

  @Option(help: "Directory of soft targets of these images, or of logits with --loss logits.")
  var softTargets: String?

  @Option(help: "soft: the divergence at the temperature; logits: squared differences, its limit for T → ∞.")
  var loss = Loss.soft

  @Option(help: "Weight w of the hard targets, 0 to 1.")
  var hardWeight = 0.0

  @Option(
    help:
      "Directory of image shards, evaluated after each epoch; does not affect the model, except with --early-stopping."
  )
  var validation: String?

  @OptionGroup var training: TrainingArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  static let role = TrainingOptions.Role.student

  func plan(_ options: TrainingOptions, console: Console) throws -> Training {
    guard (0...1).contains(hardWeight) else {
      throw OptionError.wrongValue(option: "--hard-weight", expected: "0 to 1", found: String(hardWeight))
    }
    let soft = try softTargets.map { try SoftTargetSet($0) }
    let stream = try stream(soft, options)
    // Soft targets alone need no labels: the transfer set may be unlabelled (paper, section 1).
    guard stream.isLabelled || (soft != nil && hardWeight == 0) else {
      throw InputError.noLabels(path: images)
    }
    StaleNotes.warn([stream.images.directory] + (soft.map { [$0.directory] } ?? []), console)
    var parameters: [String: JSONValue] = [:]
    // Neither option affects a baseline, so neither may change its identity.
    if soft != nil {
      parameters = ["loss": JSONValue(loss.rawValue), "hard-weight": JSONValue(hardWeight)]
    }
    return try Training(
      stage: "dk-distill", role: soft == nil ? .baseline : .student, stream: stream,
      validation: validationSet(), objective: objective(soft),
      options: options, start: start(), parameters: parameters)
  }

  private func objective(_ soft: SoftTargetSet?) throws -> any Objective {
    guard let soft else {
      // With these options the user means to distil; a baseline would be a silent surprise.
      guard loss == .soft, hardWeight == 0 else {
        throw OptionError.missing(option: "--soft-targets", expected: "them beside --loss and --hard-weight")
      }
      return HardTargetLoss()
    }
    // T comes from the manifest, so the student is trained at the temperature of its soft targets (section 2).
    switch (loss, soft.content) {
    case (.soft, .probabilities(let temperature, _)):
      return SoftTargetLoss(temperature: temperature, hardWeight: hardWeight)
    case (.logits, .logits): return LogitLoss(hardWeight: hardWeight)
    case (.soft, .logits):
      throw InputError.mismatch(
        path: soft.path,
        expected: "soft targets at a temperature, as soft/temperature=T has them, or --loss logits",
        like: nil, found: "logits")
    case (.logits, .probabilities):
      throw InputError.mismatch(
        path: soft.path, expected: "logits for --loss logits, as soft/logits has them", like: nil,
        found: "soft targets")
    }
  }
}
