import Networks
import Stage
import Storage

extension TrainingRun {
  /// The checkpoint that the last run left, whose knowledge of the set becomes the stream's.
  ///
  /// - Returns: nil without one that serves.
  /// - Throws: `StorageError` for one that cannot be read.
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

  /// Brings a step to where the last run left it.
  ///
  /// - Returns: where that is; nil for a checkpoint that does not serve.
  static func restore(
    _ checkpoint: Checkpoint, _ step: TrainingStep, _ best: FloatBuffer?, _ training: Training,
    _ epochExamples: Int, _ directory: OutputDirectory, _ console: Console
  ) throws -> Checkpoint.Position? {
    try unlessDamaged(console) {
      let position = checkpoint.position
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
      // A checkpoint saves time and holds nothing else: without it the same result takes longer.
      console.warn("\(fault.description); starting again")
      return nil
    }
  }
}
