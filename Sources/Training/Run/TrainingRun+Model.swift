import Datasets
import Networks
import Stage
import Storage

/// The finished model and its results in the manifest.
extension TrainingRun {
  /// Classes of the finished model's outputs; for a specialist with the prior that was added to its logits.
  var labelMap: LabelMap {
    var labelMap = training.stream.labelMap
    labelMap.prior = prior
    return labelMap
  }

  /// Publishes the model and finishes the directory.
  ///
  /// - Throws: `StorageError`; `TrainingError.diverged` for a model whose activations may overflow.
  func finish() throws -> Manifest {
    let result = best.map { folded($0) } ?? current
    // An overflow gives infinity, and infinity - infinity NaN, which ReLU turns into 0: the loss does not show it. So
    // bound the activations by the weights instead.
    guard result.isSafeFromOverflow else { throw diverged }
    let bytes = try result.file(
      metadata: ["identity": training.identity.hex], role: training.role, labelMap: labelMap,
      shape: training.stream.images.shape)
    directory.adopt([try directory.publisher.publish(bytes, at: 0)])
    return try directory.finish { [training, epochExamples, step, results] _ in
      (
        [
          "examples": epochExamples, "steps": step.stepCount,
          "parameters": training.architecture.parameterCount, "classes": training.architecture.classes,
          "inputs": training.architecture.inputs,
        ],
        results
      )
    }
  }

  private var results: [String: JSONValue] {
    var results = [
      "loss": JSONValue(lastLoss),
      // After k restarts, as in `TrainingRun.learningRate`: the rate that the finished weights were trained with.
      "peakRate": JSONValue(training.options.peakRate / Double(1 << position.attempt)),
    ]
    if best != nil { results["bestEpoch"] = JSONValue(position.best.epoch) }
    if let prior { results["prior"] = JSONValue(prior) }
    return results
  }
}
