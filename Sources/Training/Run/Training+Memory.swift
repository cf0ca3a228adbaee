import Datasets
import Networks

/// Memory needed by a training.
extension Training {
  /// Smallest memory for the training: weights, a batch, the images in use, and the validation images' origins.
  ///
  /// - Parameter threads: number of threads.
  /// - Returns: number of bytes.
  package func neededBytes(threads: Int) -> Int {
    let held = 1 + options.step.optimizer.stateCount + keptWeights
    // Writing a checkpoint takes three more copies of each: its tensors, its file, and the frame around the file.
    let weights = 4 * held * architecture.bufferCount * MemoryLayout<Float>.stride
    let batch = TrainingStep.bytes(of: architecture, capacity: options.batchSize, threads: threads)
    return weights + batch + WindowReader.neededBytes(stream, threads: threads)
      + (validation.map { ValidationExamples.neededBytes($0) } ?? 0)
  }
}
