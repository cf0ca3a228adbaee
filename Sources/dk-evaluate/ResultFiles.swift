import Datasets
import Distillation
import Stage
import Storage

/// The files that an evaluation writes beside its table, each as it comes.
final class ResultFiles {
  private let report: OutputFile?
  private let predictions: OutputFile?
  private let rows: PredictionRows

  /// Opens them before the work: what cannot be written is said then.
  init(report: String?, predictions: String?, inputs: [String], classes: Int) throws {
    for path in [report, predictions].compactMap({ $0 }) {
      try OwnedPath.check(path)
      if let input = inputs.first(where: { FileSystem.absolute($0) == FileSystem.absolute(path) }) {
        throw StageError.overlap(output: path, input: input)
      }
    }
    // Of two writers to one file the last would win, and the other's work be gone.
    if let report, let predictions, FileSystem.absolute(report) == FileSystem.absolute(predictions) {
      throw OptionError.wrongValue(
        option: "--predictions", expected: "another file than that of --output", found: "'\(predictions)'")
    }
    rows = PredictionRows(classes: classes)
    // A pipe without a reader is waited for, and a signal still ends the wait.
    self.report = try report.map { try OutputFile.open($0, whileWaiting: Interruption.check) }
    self.predictions = try predictions.map { try OutputFile.open($0, whileWaiting: Interruption.check) }
    try self.predictions?.write(Array(rows.heading.utf8))
  }

  func append(_ shard: ImageShard, _ logProbabilities: [Double]) throws {
    try predictions?.write(Array(rows.lines(shard, logProbabilities).utf8))
  }

  func finish(_ report: EvaluationReport) throws {
    try self.report?.write(CanonicalJSON.report(report, pretty: true))
    try self.report?.finish()
    try predictions?.finish()
  }
}
