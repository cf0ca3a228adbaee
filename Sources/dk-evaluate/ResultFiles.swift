import Datasets
import Evaluation
import Programs
import Stage
import Storage

/// The files that an evaluation writes beside its table, each as it comes.
final class ResultFiles {
  private let report: OutputFile?
  private let predictions: OutputFile?
  private let rows: PredictionRows

  /// Opens them before the work: what cannot be written is said then.
  init(report: String?, predictions: String?, inputs: [String], classes: Int) throws {
    let files = try ResultFile.open(
      [("--output", report), ("--predictions", predictions)], inputs: inputs)
    (self.report, self.predictions) = (files[0], files[1])
    rows = PredictionRows(classes: classes)
    try self.predictions?.write(Array(rows.heading.utf8))
  }

  func append(_ shard: ImageShard, _ logProbabilities: [Double]) throws {
    try predictions?.write(Array(rows.lines(shard, logProbabilities).utf8))
  }

  func finish(_ report: some Encodable) throws {
    try self.report?.write(CanonicalJSON.report(report, pretty: true))
    try self.report?.finish()
    try predictions?.finish()
  }
}
