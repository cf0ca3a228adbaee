import Networks
import Stage
import Storage

extension TrainingRun {
  /// Reads the checkpoint of the last run, and gives its statistics of the training set to the stream.
  ///
  /// - Returns: nil if there is none of this training, or, after a warning, if it is damaged.
  /// - Throws: `StorageError` for a file that cannot be read.
  static func checkpoint(of training: Training, _ directory: OutputDirectory, _ console: Console) throws
    -> Checkpoint?
  {
    try unlessDamaged(console) {
      guard
        let checkpoint = try Checkpoint.read(identity: training.identity, directory: directory.directory)
      else { return nil }
      guard training.stream.restore(checkpoint.summary) else { throw checkpoint.impossible }
      return checkpoint
    }
  }

  /// Restores the state of the last run.
  ///
  /// - Returns: its next batch; nil, after a warning, for a damaged checkpoint.
  /// - Throws: `StorageError` for other faults than bad data.
  static func restore(
    _ checkpoint: Checkpoint, _ step: TrainingStep, _ best: FloatBuffer?, _ training: Training,
    _ epochExamples: Int, _ directory: OutputDirectory, _ console: Console
  ) throws -> Checkpoint.Position? {
    try unlessDamaged(console) {
      let position = checkpoint.position
      // The checksum holds for any bytes that were once written, so check the ranges: these numbers become indices.
      guard position.epoch < training.options.epochs,
        position.window <= training.stream.windowCount(epoch: position.epoch),
        position.sums.examples <= epochExamples, position.best.epoch <= position.epoch
      else { throw checkpoint.impossible }
      try checkpoint.restore(step, best: best)
      console.note(
        "\(directory.output): goes on in epoch \(position.epoch + 1), step \(step.stepCount + 1)")
      return position
    }
  }

  private static func unlessDamaged<Value>(_ console: Console, _ body: () throws -> Value?) throws -> Value? {
    do {
      return try body()
    } catch let fault as StorageError where fault.kind == .badData {
      // A checkpoint only saves time: without it the training takes longer and gives the same model.
      console.warn("\(fault.description); starting again")
      return nil
    }
  }
}
