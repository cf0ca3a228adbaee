import Datasets
import Evaluation
import Foundation
import Storage

/// Errors of all evaluated models, averaged over seeds, beside those of the paper.
struct ResultsSection {
  /// The evaluations on one set of images of nets that differ in their seeds alone.
  struct Row {
    let group: String
    let models: [Findings.Model]
    let evaluations: [EvaluationReport]

    var errors: [Double] { evaluations.map { Double($0.errors) } }
    var mean: Double { errors.reduce(0, +) / Double(errors.count) }
    /// Standard deviation over the seeds; 0 for a single one.
    var deviation: Double {
      // Divided by n - 1: the seeds are a sample of all possible seeds.
      guard errors.count > 1 else { return 0 }
      let squares = errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(errors.count - 1)).squareRoot()
    }
  }

  let rows: [Row]

  init(_ findings: Findings) {
    let models = Dictionary(findings.models.map { ($0.directory.digest, $0) }) { first, _ in first }
    var order: [String] = []
    var groups: [String: (models: [Findings.Model], evaluations: [EvaluationReport])] = [:]
    var seen: Set<String> = []
    for kept in findings.evaluations {
      let evaluation = kept.evaluation
      // The same evaluation may be in several files; it must not count as another seed.
      let identity = (evaluation.models.map(\.hex) + [evaluation.images.hex]).joined()
      guard seen.insert(identity).inserted else { continue }
      let own = evaluation.models.compactMap { models[$0] }
      let name =
        if evaluation.specialists != nil {
          "panel: " + kept.name
        } else if evaluation.models.count > 1 {
          "ensemble of \(evaluation.models.count): " + kept.name
        } else {
          own.first?.group ?? kept.name
        }
      let images = findings.images.first { $0.directory.digest == evaluation.images }.map {
        FileSystem.name($0.path)
      }
      let key =
        name + "\u{0}"
        + (images ?? evaluation.imagesName.map { FileSystem.name($0) } ?? evaluation.images.short)
        // Errors on different images must not be averaged, and folders of the same name may hold other images or nets.
        // The separator is NUL, which no path contains.
        + "\u{0}" + evaluation.images.hex + (evaluation.models.count == 1 ? own.first?.settings ?? "" : "")
      if groups[key] == nil { order.append(key) }
      groups[key, default: ([], [])].models += own
      groups[key, default: ([], [])].evaluations.append(evaluation)
    }
    rows = order.compactMap { key in
      groups[key].map { Row(group: key, models: $0.models, evaluations: $0.evaluations) }
    }
  }

  /// The section; nil without evaluations.
  var section: Section? {
    guard !rows.isEmpty else { return nil }
    let hasPaper = rows.contains { PaperFigures.errors($0) != nil }
    let hasCounts = rows.contains { $0.evaluations[0].parameters != nil }
    let heading =
      ["net", "errors"] + (hasPaper ? ["the paper"] : []) + ["of", "seeds", "images", "what it is"]
      + (hasCounts ? ["parameters"] : []) + ["NLL", "ECE"]
    let cells = rows.map { row -> [String] in
      let parts = row.group.split(separator: "\u{0}").map(String.init)
      let first = row.evaluations[0]
      func mean(_ value: (EvaluationReport) -> Double) -> String {
        String(format: "%.4g", row.evaluations.map(value).reduce(0, +) / Double(row.evaluations.count))
      }
      let errors = String(format: row.evaluations.count > 1 ? "%.1f" : "%.0f", row.mean)
      var line = [parts[0], row.deviation > 0 ? errors + String(format: " ± %.1f", row.deviation) : errors]
      if hasPaper { line.append(PaperFigures.errors(row).map(String.init) ?? "") }
      line += [String(first.examples), String(row.evaluations.count), parts[1]]
      line.append(row.models.first.map(\.description) ?? "")
      if hasCounts { line.append(first.parameters.map(String.init) ?? "") }
      return line + [mean(\.negativeLogLikelihood), mean(\.expectedCalibrationError)]
    }
    let note = """
      <p>Each row is a net, or several that differ in their seeds alone: then the mean and the standard deviation. NLL is \
      the negative log-likelihood in nats an image, ECE the expected calibration error as a share.</p>
      """
    return Section(
      id: "results", title: "Results",
      body: note
        + HTML.table(
          "Errors", heading: heading, rows: cells, words: [heading.firstIndex(of: "what it is") ?? 0]))
  }
}

/// Test errors on MNIST from the paper (section 3).
enum PaperFigures {
  /// The paper's errors for the same net; nil for other nets, training sets or test sets.
  static func errors(_ row: ResultsSection.Row) -> Int? {
    guard let model = row.models.first, row.models.count == row.evaluations.count,
      row.evaluations.allSatisfy({
        $0.examples == PublishedSet.mnistTest.examples
          && $0.sources.flatMap { PublishedSet(sources: $0) } == .mnistTest
      }), row.models.allSatisfy({ $0.learntFrom == .mnistTraining })
    else { return nil }
    let manifest = model.directory.manifest
    let isWhole = ["omit", "only", "fraction"].allSatisfy { manifest.parameters[$0] == nil }
    switch (model.role, model.hidden) {
    // "This net achieved 67 test errors": two layers of 1200 units with dropout.
    case (.teacher, [1200, 1200]) where isWhole && manifest.parameters["hidden-dropout"]?.double ?? 0 > 0:
      return 67
    // "... two hidden layers of 800 rectified linear hidden units and no regularization achieved 146 errors."
    case (.baseline, [800, 800]) where isWhole: return 146
    // "... soft targets produced by the large net at a temperature of 20, it achieved 74 test errors."
    case (.student, [800, 800]) where isWhole && model.temperature == 20: return 74
    // Without any 3 in the transfer set "the distilled model only makes 206 test errors".
    case (.student, [800, 800])
    where manifest.parameters["omit"]?.description == "[3]" && manifest.parameters["only"] == nil:
      return 206
    default: return nil
    }
  }
}
