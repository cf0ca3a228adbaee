import Datasets
import Networks
import Stage
import Storage

/// How near models are to their teachers, as a report has it.
package struct Agreement: Codable, Equatable, Sendable {
  /// Identity of the directory of soft targets.
  package let softTargets: Digest
  /// At which the distributions were compared.
  package let temperature: Double
  /// Examples of which both name the same class.
  package let agreeing: Int
  /// Share of the examples, 0 to 1.
  package let agreement: Double
  /// KL(p_T ‖ q_T), nats an example.
  package let divergence: Double

  /// Nil without soft targets.
  init?(_ evaluation: Evaluation, _ softTargets: SoftTargetSet?) {
    guard let softTargets, let fidelity = evaluation.fidelity else { return nil }
    self.softTargets = softTargets.directory.digest
    temperature = fidelity.temperature
    agreeing = fidelity.agreeing
    agreement = fidelity.agreement
    divergence = fidelity.divergence
  }

  /// T² KL, as in the loss of a student, so that it can be compared between temperatures.
  var scaled: Double { divergence * temperature * temperature }

  /// For people.
  func rows(examples: Int) -> [[String]] {
    [
      ["agreement", "\(agreeing) of \(examples), \(Format.percent(agreement))"],
      ["KL at T=\(Temperature.name(temperature))", Format.significant(divergence)],
      ["T² KL", Format.significant(scaled)],
    ]
  }
}

/// What can be said of models and images that nobody has labelled.
package struct UnlabelledReport: Codable, Sendable {
  /// In all copies of the set.
  package let examples: Int
  /// Nil without soft targets.
  package let fidelity: Agreement?
  /// Identities of the models: of their directories, or of lone files.
  package let models: [Digest]
  /// Identity of the images' directory.
  package let images: Digest

  /// - Parameters:
  ///   - evaluation: all of the set.
  ///   - models: that were evaluated.
  ///   - images: the set.
  ///   - softTargets: that the models were compared with.
  package init(_ evaluation: Evaluation, models: [Plan.Input], images: ImageSet, softTargets: SoftTargetSet?)
  {
    examples = images.examples
    fidelity = Agreement(evaluation, softTargets)
    self.models = models.map(\.digest)
    self.images = images.directory.digest
  }

  /// For people.
  ///
  /// - Parameter names: of the models.
  /// - Returns: lines for a terminal.
  package func table(names: [String]) -> String {
    let rows = [
      ReportRow.models(names),
      ["images without labels", String(examples)],
    ]
    return Table(rows + (fidelity?.rows(examples: examples) ?? [])).text
  }
}

/// Rows that reports have in common.
enum ReportRow {
  /// Who was evaluated.
  static func models(_ names: [String], arePanel: Bool = false) -> [String] {
    [
      arePanel ? "panel" : names.count > 1 ? "ensemble" : "model",
      // More would make a line of many screens.
      names.count > 3 ? "\(names[0]) + \(names.count - 1) more" : names.joined(separator: " + "),
    ]
  }
}
