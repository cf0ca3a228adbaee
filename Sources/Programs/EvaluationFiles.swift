import Datasets
import Evaluation
import Stage
import Storage

/// The files that an evaluation writes besides its table: predictions shard by shard, and the report at the end.
package final class EvaluationFiles {
  private let report: OutputFile?
  private let predictions: OutputFile?
  private let rows: PredictionRows

  /// Opens the files before the evaluation, and writes the heading of the predictions.
  ///
  /// - Parameters:
  ///   - report: path of the JSON file; nil for none.
  ///   - predictions: path of the CSV file; nil for none.
  ///   - inputs: paths that the program reads; no output may be one of them.
  ///   - classes: number of classes, each with a column of probabilities.
  /// - Throws: as `ResultFile.open`.
  package init(report: String?, predictions: String?, inputs: [String], classes: Int) throws {
    let files = try ResultFile.open(
      [("--output", report), ("--predictions", predictions)], inputs: inputs)
    (self.report, self.predictions) = (files[0], files[1])
    rows = PredictionRows(classes: classes)
    // Written here, not with the first shard, because a set without shards also gets a heading.
    try self.predictions?.write(Array(rows.heading.utf8))
  }

  /// Writes the predictions of a shard.
  ///
  /// - Parameters:
  ///   - shard: the images.
  ///   - logProbabilities: [examples, classes], in nats.
  /// - Throws: `StorageError.writeFailed`.
  package func append(_ shard: ImageShard, _ logProbabilities: [Double]) throws {
    try predictions?.write(Array(rows.lines(shard, logProbabilities).utf8))
  }

  /// Writes the report, and moves both finished files to their final paths.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func finish(_ report: some Encodable) throws {
    try ResultFile.finish(self.report, report)
    try predictions?.finish()
  }
}
