import Datasets
import Networks

/// What a training takes of the machine's memory.
extension Training {
  /// How much it cannot do without: weights, a batch, the images in use, and who the validation images are.
  ///
  /// - Parameter threads: of the training.
  /// - Returns: bytes.
  package func neededBytes(threads: Int) -> Int {
    let held = 1 + options.step.optimizer.stateCount + keptWeights
    // Three more of each while a checkpoint is written: its tensors, its file, and the frame around it.
    let weights = 4 * held * architecture.bufferCount * MemoryLayout<Float>.stride
    let batch = TrainingStep.bytes(of: architecture, capacity: options.batchSize, threads: threads)
    return weights + batch + WindowReader.neededBytes(stream, threads: threads)
      + (validation.map { ValidationExamples.neededBytes($0) } ?? 0)
  }
}
