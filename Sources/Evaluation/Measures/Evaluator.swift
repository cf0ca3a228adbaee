import Datasets
import Networks
import Stage

/// A predictor on its way through a set of examples.
package struct Evaluator: Sendable {
  /// What teachers said of the images.
  package struct Words: Sendable {
    /// Of the soft targets.
    let temperature: Double
    /// The soft targets of a shard at a position, [examples, classes], from any thread.
    let read: @Sendable (_ position: Int, _ shard: ImageShard) throws -> [Float]

    /// Those of a set, each joined with its images.
    ///
    /// - Parameters:
    ///   - targets: at a temperature.
    ///   - images: of which they are.
    ///   - labels: of the models that are compared.
    /// - Throws: `InputError.mismatch` for logits, or other classes; `.otherClasses`.
    package init(_ targets: SoftTargetSet, of images: ImageSet, labels: LabelMap) throws {
      temperature = try targets.temperature
      try LabelMap(classes: labels.outputs, names: labels.form == .full ? labels.names : nil).expectSame(
        targets.labelMap, path: targets.path, own: "the models")
      read = { try targets.read(for: images.shards[$0], images: $1, in: images).targets }
    }
  }

  private let predictor: any Predictor
  private let combination: Combination

  /// Several members of a predictor are an ensemble.
  ///
  /// - Parameters:
  ///   - predictor: what is evaluated.
  ///   - combination: of several members.
  package init(_ predictor: any Predictor, combination: Combination = .arithmetic) {
    self.predictor = predictor
    self.combination = combination
  }

  /// What one shard gave.
  private struct Part: Sendable {
    let shard: ImageShard
    let logProbabilities: [Double]
    let fidelity: Fidelity?
  }

  /// Evaluates every image of every shard.
  ///
  /// - Parameters:
  ///   - shardCount: of the set.
  ///   - threads: at most as many shards at once.
  ///   - progress: advanced by one for each image.
  ///   - words: of the teachers, to compare with.
  ///   - answer: gives the predictor's logits of a shard, from any thread, where more is to be learnt from them than is
  ///     counted here; nil to ask the predictor.
  ///   - read: gives the shard at a position, from any thread, labelled as the predictor's classes are; what has no labels
  ///     is not counted.
  ///   - visit: called for each shard in order, its labels as outputs of the predictor, with the logarithms of its
  ///     probabilities, [examples, outputs].
  /// - Returns: the counts over the whole set.
  /// - Throws: `InputError.notFinite` for a model whose logits overflow, what `words`, `read` and `visit`
  ///   throw; `StageError.interrupted`.
  package func evaluate(
    shardCount: Int, threads: Int, progress: ProgressMeter? = nil, words: Words? = nil,
    answer: (@Sendable (_ shard: ImageShard) throws -> [Float])? = nil,
    read: @Sendable (_ position: Int) throws -> ImageShard,
    visit: (_ shard: ImageShard, _ logProbabilities: [Double]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    let (labelMap, classes) = (predictor.labelMap, predictor.outputs)
    var evaluation = Evaluation(classes: classes)
    evaluation.fidelity = words.map { Fidelity(temperature: $0.temperature) }
    // As many shards at a time as there are threads, so that memory does not grow with the set.
    for start in stride(from: 0, to: shardCount, by: threads) {
      // In the order of the set: sums of floating-point numbers depend on it.
      let parts = try Processors.map(below: min(threads, shardCount - start), threads: threads) { index in
        let shard = try read(start + index)
        let targets = try words?.read(start + index, shard)
        let logits = try answer?(shard) ?? predictor.logits(shard.features)
        // T = 1: the student too "uses a temperature of 1" once it is trained (section 2).
        let logProbabilities = combination.logProbabilities(
          logits, teachers: predictor.members, classes: classes, temperature: 1)
        progress?.advance(by: shard.count)
        return Part(
          shard: shard.relabelled(labelMap.outputs), logProbabilities: logProbabilities,
          fidelity: fidelity(logits, targets, classes: classes, words))
      }
      for part in parts {
        for (row, label) in (part.shard.labels ?? []).enumerated() {
          evaluation.add(part.logProbabilities[row * classes..<(row + 1) * classes], label: Int(label))
        }
        if let fidelity = part.fidelity { evaluation.fidelity?.add(fidelity) }
        try visit(part.shard, part.logProbabilities)
      }
    }
    return evaluation
  }

  private func fidelity(_ logits: [Float], _ targets: [Float]?, classes: Int, _ words: Words?) -> Fidelity? {
    guard let words, let targets else { return nil }
    var fidelity = Fidelity(temperature: words.temperature)
    let logProbabilities = combination.logProbabilities(
      logits, teachers: predictor.members, classes: classes, temperature: words.temperature)
    for start in stride(from: 0, to: targets.count, by: classes) {
      fidelity.add(targets[start..<start + classes], logProbabilities[start..<start + classes])
    }
    return fidelity
  }
}
