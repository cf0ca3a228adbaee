import Foundation
import Teachers

/// A model and its logits for the images of the report.
struct JudgedModel {
  let model: Findings.Model
  /// [count, classes].
  let logits: [Float]

  /// Rows that it misclassifies, ascending.
  func mistakes(_ judged: Judged) -> [Int] {
    (0..<judged.count).filter { judged.prediction(logits, $0) != judged.labels[$0] }
  }
}

/// Confusion matrices of the models.
enum ConfusionSection {
  // A matrix of more classes does not fit on a page; the most frequent confusions are listed instead.
  private static let classLimit = 30

  static func section(_ judged: Judged, _ models: [JudgedModel]) -> Section? {
    guard !models.isEmpty else { return nil }
    let tables = models.map { own in
      judged.names.count <= classLimit ? matrix(judged, own) : pairs(judged, own)
    }
    return Section(
      id: "confusion", title: "Confusions",
      body: "<p>Rows are the true classes, columns the named ones.</p>" + tables.joined(separator: "\n"))
  }

  /// Number of images for each [label, prediction] that occurred.
  private static func counts(_ judged: Judged, _ own: JudgedModel) -> [[Int]: Int] {
    var counts: [[Int]: Int] = [:]
    for row in 0..<judged.count {
      counts[[judged.labels[row], judged.prediction(own.logits, row)], default: 0] += 1
    }
    return counts
  }

  private static func matrix(_ judged: Judged, _ own: JudgedModel) -> String {
    let counts = counts(judged, own)
    // Colours are scaled to the largest confusion: on the scale of the diagonal all of them would look empty.
    let largest = Double(counts.filter { $0.key[0] != $0.key[1] }.values.max() ?? 1)
    let head = judged.names.map { "<th scope=\"col\" class=\"heat\">\(HTML.escape($0))</th>" }.joined()
    let rows = judged.names.indices.map { label in
      let cells = judged.names.indices.map { named -> String in
        let count = counts[[label, named]] ?? 0
        guard label != named else { return "<td class=\"heat\"><strong>\(count)</strong></td>" }
        guard count > 0 else { return "<td class=\"heat\"></td>" }
        // 12 % to 50 % of the colour: visible for a single error, and the number stays readable on it.
        let share = Int((12 + 38 * Double(count) / largest).rounded())
        return
          "<td class=\"heat\" style=\"background: color-mix(in srgb, var(--s1) \(share)%, transparent)\">\(count)</td>"
      }
      return "<tr><th scope=\"row\">\(HTML.escape(judged.names[label]))</th>\(cells.joined())</tr>"
    }
    let caption = HTML.escape("\(own.model.name): \(own.mistakes(judged).count) errors of \(judged.count)")
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table><caption>\(caption)</caption>
      <thead><tr><th scope="col">true \\ named</th>\(head)</tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private static func pairs(_ judged: Judged, _ own: JudgedModel) -> String {
    let pairs = counts(judged, own).filter { $0.key[0] != $0.key[1] }
      // Descending by count, then ascending by class: a dictionary's order differs from run to run.
      .sorted { ($1.value, $0.key[0], $0.key[1]) < ($0.value, $1.key[0], $1.key[1]) }.prefix(20)
    return HTML.table(
      "\(own.model.name): the most frequent of \(own.mistakes(judged).count) errors",
      heading: ["true", "named", "errors"],
      rows: pairs.map { [judged.names[$0.key[0]], judged.names[$0.key[1]], String($0.value)] })
  }
}

/// Reliability curves: accuracy against confidence.
enum CalibrationSection {
  private static let bins = 10

  static func section(_ judged: Judged, _ models: [JudgedModel]) -> Section? {
    guard !models.isEmpty else { return nil }
    // One colour is left for the diagonal of perfect calibration.
    let curves = models.prefix(LineChart.seriesLimit - 1).map { curve(judged, $0) }
    let lowest = curves.flatMap(\.points).map { min($0.x, $0.y) }.min() ?? 0
    let ideal = LineChart.Series(name: "right as often as sure", points: [(lowest, lowest), (1, 1)])
    let chart = LineChart(
      title: "Confidence and accuracy", xLabel: "mean confidence of a tenth", yLabel: "share that is right",
      series: curves + [ideal])
    return Section(
      id: "calibration", title: "Calibration",
      body: """
        <p>Of the images by how sure the net was of its answer, from the least sure tenth of them to the surest: how \
        sure it was, and how often it was right.</p>
        \(chart.figure(id: "calibration-chart"))
        """)
  }

  /// Mean confidence and accuracy of ten bins with equal numbers of images: most confidences are near 1, so bins of
  /// equal width would be nearly empty.
  private static func curve(_ judged: Judged, _ own: JudgedModel) -> LineChart.Series {
    let answers = (0..<judged.count).map { row -> (confidence: Double, isRight: Bool) in
      let probabilities = judged.probabilities(own.logits, row, temperature: 1)
      return (probabilities.max() ?? 0, judged.prediction(own.logits, row) == judged.labels[row])
    }.sorted { $0.confidence < $1.confidence }
    let points = (0..<bins).compactMap { bin -> (x: Double, y: Double)? in
      // Cut points b n / 10 give sizes that differ by at most 1, and bins may be empty for few images.
      let part = answers[bin * answers.count / bins..<(bin + 1) * answers.count / bins]
      guard !part.isEmpty else { return nil }
      let size = Double(part.count)
      return (part.reduce(0) { $0 + $1.confidence } / size, Double(part.count { $0.isRight }) / size)
    }
    return LineChart.Series(name: own.model.name, points: points)
  }
}
