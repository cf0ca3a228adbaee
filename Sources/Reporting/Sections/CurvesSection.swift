import Stage
import Training

/// Loss and validation errors of each training by epoch, from its log.
enum CurvesSection {
  static func section(_ findings: Findings) throws -> Section? {
    // One model of each group: the curves of different seeds would cover each other.
    var groups: Set<String> = []
    var curves: [(name: String, entries: [TrainingLogEntry])] = []
    for model in findings.models where groups.insert(model.group).inserted {
      let entries = try StageLog(directory: model.directory.path).entries(TrainingLogEntry.self)
      // A single epoch is no curve.
      if entries.count > 1 { curves.append((model.name, entries)) }
    }
    guard !curves.isEmpty else { return nil }
    let shown = Array(curves.prefix(LineChart.seriesLimit))
    let loss = LineChart(
      title: "Training loss", xLabel: "epoch", yLabel: "nats an image", yIsLogarithmic: true,
      series: shown.map { curve in
        .init(name: curve.name, points: curve.entries.map { (Double($0.epoch), $0.loss) })
      })
    let validated = shown.filter { $0.entries.contains { $0.validationErrors != nil } }
    let errors = LineChart(
      title: "Validation errors", xLabel: "epoch", yLabel: "errors", yIsLogarithmic: true,
      series: validated.map { curve in
        .init(
          name: curve.name,
          points: curve.entries.compactMap { entry in
            entry.validationErrors.map { (Double(entry.epoch), Double($0)) }
          })
      })
    let left = curves.count - shown.count
    let note = left > 0 ? "<p class=\"note\">Of \(curves.count) trainings the first \(shown.count).</p>" : ""
    return Section(
      id: "curves", title: "Trainings",
      body: """
        <p>The loss of a student is T² KL(p ‖ q) and not comparable with that of a net on hard targets.</p>
        \(note)\(loss.figure(id: "curve-loss"))\(errors.figure(id: "curve-errors"))
        """)
  }
}
