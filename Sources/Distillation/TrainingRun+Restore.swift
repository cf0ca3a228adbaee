import Networks
import Stage
import Storage

extension TrainingRun {
  /// Brings a step to where the last run left it.
  ///
  /// - Returns: where that is; nil without a checkpoint that serves.
  /// - Throws: `StorageError` for one that cannot be read.
  static func restore(
    _ step: TrainingStep, _ best: FloatBuffer?, _ training: Training, _ epochExamples: Int,
    _ directory: OutputDirectory, _ console: Console
  ) throws -> Checkpoint.Position? {
    do {
      let position = try Checkpoint.restore(
        step, best: best, identity: training.identity, directory: directory.directory
      ) {
        $0.epoch < training.options.epochs && $0.window <= training.stream.windowCount(epoch: $0.epoch)
          && $0.sums.examples <= epochExamples && $0.best.epoch <= $0.epoch
      }
      if let position {
        console.note(
          "\(directory.output): goes on in epoch \(position.epoch + 1), step \(step.stepCount + 1)")
      }
      return position
    } catch let fault as StorageError where fault.kind == .badData {
      // A checkpoint saves time and holds nothing else: without it the same result takes longer.
      console.warn("\(fault.description); starting again")
      return nil
    }
  }
}
