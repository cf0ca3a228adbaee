import Datasets
import Networks
import Stage
import Storage

/// Fidelity of models to their teachers, as part of a report.
package struct Agreement: Codable, Equatable, Sendable {
  /// Identity of the directory of soft targets.
  package let softTargets: Digest
  /// Temperature of both distributions.
  package let temperature: Double
  /// Examples for which teachers and models predict the same class.
  package let agreeing: Int
  /// Share of those examples, 0 to 1.
  package let agreement: Double
  /// Mean KL(p_T ‖ q_T), teachers to models, in nats.
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

  /// T² KL, as in a student's loss (paper, section 2), so that values at different temperatures can be compared.
  var scaled: Double { divergence * temperature * temperature }

  /// Rows of a table for a terminal.
  func rows(examples: Int) -> [[String]] {
    [
      ["agreement", "\(agreeing) of \(examples), \(Format.percent(agreement))"],
      ["KL at T=\(Temperature.name(temperature))", Format.significant(divergence)],
      ["T² KL", Format.significant(scaled)],
    ]
  }
}

/// The report of an evaluation on images without labels.
package struct UnlabelledReport: Codable, Sendable {
  /// Examples in all copies of the set.
  package let examples: Int
  /// Nil without soft targets.
  package let fidelity: Agreement?
  /// Digests of the models' directories, or of lone files.
  package let models: [Digest]
  /// Digest of the images' directory.
  package let images: Digest

  /// - Parameters:
  ///   - evaluation: over the whole set.
  ///   - models: the evaluated models.
  ///   - images: the set.
  ///   - softTargets: of the teachers; nil for no comparison.
  package init(_ evaluation: Evaluation, models: [Plan.Input], images: ImageSet, softTargets: SoftTargetSet?)
  {
    examples = images.examples
    fidelity = Agreement(evaluation, softTargets)
    self.models = models.map(\.digest)
    self.images = images.directory.digest
  }

  /// The report as a table.
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
  /// The evaluated model, ensemble or panel.
  static func models(_ names: [String], arePanel: Bool = false) -> [String] {
    [
      arePanel ? "panel" : names.count > 1 ? "ensemble" : "model",
      // The paths of a large ensemble would fill several lines.
      names.count > 3 ? "\(names[0]) + \(names.count - 1) more" : names.joined(separator: " + "),
    ]
  }
}
