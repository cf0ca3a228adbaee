/// Where the means ± deviations of a row or paragraph of a page come from.
struct FigureSource {
  let page: String
  /// Text that only this row or paragraph of the page has.
  let anchor: String
  /// The figures in their order: record, label of the row in its table (`section / label` where labels repeat), and which
  /// of the figures of that row.
  let figures: [(record: String, row: String, column: Int)]

  private init(_ page: String, _ anchor: String, _ figures: [(String, String, Int)]) {
    self.page = page
    self.anchor = anchor
    self.figures = figures
  }

  private static func readme(_ anchor: String, _ record: String, _ rows: String...) -> FigureSource {
    FigureSource("README.md", anchor, rows.map { (record, $0, 0) })
  }

  /// A row of the table of specialists: errors, and errors spared where the generalist has some.
  private static func specialists(_ anchor: String, _ row: String, columns: ClosedRange<Int>) -> FigureSource
  {
    let records = ["mnist", "fashion", "glyphs"].map { "specialists-\($0)" }
    return FigureSource(
      "README.md", anchor, records.flatMap { record in columns.map { (record, row, $0) } })
  }

  static let all: [FigureSource] =
    firstTable + mainJob + paper + [
      FigureSource(
        "README.md", "a student of these labels makes",
        [
          ("unlabelled", "student, 10000 digits, labels", 0),
          ("unlabelled", "student, all digits without labels, soft targets", 0),
          ("unlabelled", "student, all digits, labels", 0),
          ("bring-your-teacher", "student on clean images", 0),
          ("bring-your-teacher", "student on jittered images", 0),
        ]),
      specialists("| generalist, 784-64-64 |", "generalist", columns: 0...0),
      specialists("| with its specialists", "with its specialists", columns: 0...1),
      specialists("| ensemble of 4, 4 and 5", "ensemble of generalists", columns: 0...1),
      specialists("| 784-256-256, student of the generalist", "student of the generalist", columns: 0...1),
      specialists("| 784-256-256, student of all", "student of all together", columns: 0...1),
      readme(
        "dark digits on white makes", "dark", "800,800, hard targets", "1200,1200, teacher",
        "800,800, distilled at T=20"),
      readme(
        "The order of the source means", "sorted", "as published mixed", "sorted by class mixed"),
      FigureSource(
        "pipelines/bench/README.md", "one mask for a minibatch",
        [("dropout", "batch", 0), ("dropout", "example", 0)]),
    ]

  private static let firstTable = [
    readme("| 784-800-800-10, hard targets | 140.6", "baseline", "784-800-800-10, hard targets"),
    readme("teacher: dropout, max-norm, jitter", "teacher", "784-1200-1200-10, teacher"),
    readme("T=20, no jitter, no dropout", "student", "784-800-800-10, distilled at T=20"),
    readme(
      "3s among the errors", "omitted", "no 3 in the transfer set: errors",
      "no 3 in the transfer set: errors / of them on 3s"),
    readme(
      "bias of class 3 corrected, by no", "omitted",
      "no 3 in the transfer set: errors / bias corrected: errors",
      "no 3 in the transfer set: errors / bias corrected: errors / of them on 3s"),
    readme("3s that are right then", "omitted", "% of the 3s right"),
    readme(
      "%; 13.2 % | | 3 |", "sevens-and-eights",
      "only 7s and 8s in the transfer set: % errors", "biases corrected: % errors"),
    readme("distilled from the ten |", "ensemble", "student of the arithmetic mean"),
    readme("the same on jittered images", "beyond", "784-800-800-10, jittered images"),
    readme("a twelfth of the teacher's", "smaller", "784-200-200-10, jittered images"),
    readme(
      "| 3 % of the digits: hard targets; soft", "few", "3 % of the digits, hard targets",
      "3 % of the digits, soft targets"),
  ]

  private static let mainJob = [
    readme("| 784-800-800-10, hard targets | 154.4", "seeds", "800,800, hard targets"),
    readme("| 784-1200-1200-10, teacher |", "seeds", "1200,1200, teacher"),
    readme("| 784-800-800-10, distilled at T=20 |", "seeds", "800,800, distilled at T=20"),
  ]

  private static let paper = [
    readme("| `baseline.sh` |", "baseline", "784-800-800-10, hard targets"),
    readme("| `teacher.sh` |", "teacher", "784-1200-1200-10, teacher"),
    readme("| `student.sh` |", "student", "784-800-800-10, distilled at T=20"),
    FigureSource(
      "README.md", "| `temperature.sh` |",
      ["lower", "higher"].map { ("temperature/claims", "30,30: T of 2.5 and 4 better than \($0) ones", 0) }),
    readme(
      "| `omitted.sh` |", "omitted", "no 3 in the transfer set: errors",
      "no 3 in the transfer set: errors / bias corrected: errors", "% of the 3s right",
      "no 1 in the transfer set: errors", "no 8 in the transfer set: errors",
      "no 1 in the transfer set: errors / bias corrected: errors",
      "no 8 in the transfer set: errors / bias corrected: errors", "% of the 7s right", "% of the 1s right"),
    readme(
      "| `sevens-and-eights.sh` |", "sevens-and-eights", "only 7s and 8s in the transfer set: % errors",
      "biases corrected: % errors"),
    readme(
      "| `few.sh` |", "few", "3 % of the digits, hard targets", "with early stopping",
      "3 % of the digits, soft targets", "% of the gap that soft targets close"),
    readme(
      "| `ensemble.sh` |", "ensemble", "student of the arithmetic mean", "student of the geometric mean"),
    readme("| `logits.sh` |", "logits", "T=20", "T=100", "T=500", "logits matched"),
    readme("| `beyond.sh` |", "beyond", "784-800-800-10, jittered images"),
    readme(
      "| `smaller.sh` |", "smaller", "784-60-60-10, jittered images", "784-100-100-10, jittered images",
      "784-200-200-10, jittered images"),
  ]
}
