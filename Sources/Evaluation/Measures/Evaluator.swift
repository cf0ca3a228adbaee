import Datasets
import Machine
import Networks
import Stage

/// Runs a predictor over a set of examples and counts its errors.
package struct Evaluator: Sendable {
  /// The teachers' soft targets for the images.
  package struct Words: Sendable {
    /// Temperature of the soft targets.
    let temperature: Double
    /// Reads the soft targets of the shard at a position, [examples, classes]; called from any thread.
    let read: @Sendable (_ position: Int, _ shard: ImageShard) throws -> [Float]

    /// The soft targets of a set, joined shard by shard with its images.
    ///
    /// - Parameters:
    ///   - targets: soft targets at a temperature.
    ///   - images: the images that they belong to.
    ///   - labels: classes of the models.
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

  /// An evaluator of one model, an ensemble or a panel.
  ///
  /// - Parameters:
  ///   - predictor: the predictor; several members are evaluated as an ensemble.
  ///   - combination: mean of the members' predictions; ignored for one member.
  package init(_ predictor: any Predictor, combination: Combination = .arithmetic) {
    self.predictor = predictor
    self.combination = combination
  }

  /// Predictions for one shard: log probabilities [examples, outputs] at T = 1.
  private struct Part: Sendable {
    let shard: ImageShard
    let logProbabilities: [Double]
    let fidelity: Fidelity?
  }

  /// Evaluates every image of every shard.
  ///
  /// - Parameters:
  ///   - shardCount: number of shards of the set.
  ///   - threads: number of shards at a time; does not change the result.
  ///   - progress: advanced by one for each image.
  ///   - words: the teachers' soft targets; nil for no comparison.
  ///   - answer: computes the predictor's logits of a shard where the caller needs more of them than is counted here;
  ///     called from any thread; nil to use the predictor.
  ///   - read: reads the shard at a position, with the predictor's classes as labels; called from any thread. Shards
  ///     without labels are not counted.
  ///   - visit: called on the calling thread for each shard in order, with the predictor's outputs as labels, and with
  ///     log probabilities [examples, outputs] in nats.
  /// - Returns: the counts over the whole set.
  /// - Throws: `InputError.notFinite` for a model whose logits overflow; errors of `words`, `read` and `visit`;
  ///   `StageError.interrupted`.
  package func evaluate(
    shardCount: Int, threads: Int, progress: ProgressMeter? = nil, words: Words? = nil,
    answer: (@Sendable (_ shard: ImageShard) throws -> [Float])? = nil,
    read: @Sendable (_ position: Int) throws -> ImageShard,
    visit: (_ shard: ImageShard, _ logProbabilities: [Double]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    let (labelMap, classes) = (predictor.labelMap, predictor.outputs)
    var evaluation = Evaluation(classes: classes)
    evaluation.fidelity = words.map { Fidelity(temperature: $0.temperature) }
    // One shard for each thread at a time, so that memory does not grow with the set.
    for start in stride(from: 0, to: shardCount, by: threads) {
      // `parts` has the order of the set, not of completion: floating-point sums depend on the order.
      let parts = try Processors.map(below: min(threads, shardCount - start), threads: threads) { index in
        let shard = try read(start + index)
        let targets = try words?.read(start + index, shard)
        let logits = try answer?(shard) ?? predictor.logits(shard.features)
        // T = 1, because the trained student "uses a temperature of 1" (section 2).
        let logProbabilities = combination.logProbabilities(
          logits, teachers: predictor.members, classes: classes, temperature: 1)
        progress?.advance(by: shard.count)
        // For a specialist with a dustbin class, labels become outputs: all other classes share the last one.
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
    // Both distributions at the temperature of the soft targets: at T = 1 the small probabilities hardly count.
    var fidelity = Fidelity(temperature: words.temperature)
    let logProbabilities = combination.logProbabilities(
      // From the same logits: another temperature needs no second forward pass.
      logits, teachers: predictor.members, classes: classes, temperature: words.temperature)
    for start in stride(from: 0, to: targets.count, by: classes) {
      fidelity.add(targets[start..<start + classes], logProbabilities[start..<start + classes])
    }
    return fidelity
  }
}
