import Datasets
import Networks
import Stage

/// Models together with the images that they are evaluated on: one model, an ensemble, a panel of specialists, or one
/// specialist by itself.
package struct EvaluationSubject {
  /// Of a panel, the generalist first.
  package let models: [Model]
  /// The images, labelled as the models' classes are.
  package let images: ImageSet
  private let predictor: any Predictor

  /// Reads the models.
  ///
  /// - Parameters:
  ///   - paths: of models; with specialists, of their one generalist.
  ///   - specialists: paths of specialists; none without a panel.
  ///   - top: how many of the generalist's most probable classes choose the specialists.
  ///   - images: that are evaluated.
  /// - Throws: as `Model`; `InputError.wrongModel`, `.otherClasses`, `ParameterError.wrongValue`.
  package init(_ paths: [String], specialists: [String], top: Int, images: ImageSet) throws {
    let inputs = images.shape.count
    guard specialists.isEmpty else {
      let read = try SpecialistPanel.read(
        paths[0], specialists, top: top, inputs: inputs, labels: nil, of: images.path)
      (models, predictor) = (read.models, read.panel)
      self.images = try images.matched(to: read.panel.labelMap, like: paths[0])
      return
    }
    models = try paths.map { try Model($0) }
    let first = models[0]
    self.images = try images.matched(to: first.labelMap, like: first.path)
    // Images without labels have the classes of the models, which must agree on them.
    let labels = images.isLabelled ? self.images.labelMap : first.labelMap
    // A specialist alone is judged by its own outputs; in an ensemble it would have other classes than the rest.
    if models.count == 1, first.labelMap.special != nil {
      try first.expectSpecialist(inputs: inputs, labels: labels, of: images.path)
    } else {
      for model in models { try model.expect(inputs: inputs, labels: labels, of: images.path) }
    }
    predictor = Ensemble(models)
  }

  /// What the outputs stand for, by the names that the models or the images have.
  package var labelMap: LabelMap { predictor.labelMap.named(like: images.labelMap) }

  /// What one pass over the images gave.
  package struct Result {
    /// The counts over the whole set.
    package let evaluation: Evaluation
    /// What the specialists add to their generalist; nil without specialists, or without labels.
    package let study: PanelStudy?
  }

  /// Evaluates every image once.
  ///
  /// - Parameters:
  ///   - targets: that the models are compared with.
  ///   - combination: of several models.
  ///   - threads: of which nothing in the result depends.
  ///   - progress: advanced by one for each image.
  ///   - visit: called for each shard in order, with the logarithms of its probabilities.
  /// - Returns: the counts over the whole set.
  /// - Throws: as `Evaluator.evaluate`; `InputError.mismatch` for soft targets of other classes.
  package func evaluate(
    _ targets: SoftTargetSet?, combination: Combination, threads: Int, progress: ProgressMeter,
    visit: (ImageShard, [Double]) throws -> Void = { _, _ in }
  ) throws -> Result {
    let words = try targets.map { try Evaluator.Words($0, of: images, labels: labelMap) }
    let tally = images.isLabelled ? (predictor as? SpecialistPanel).map { PanelTally($0) } : nil
    // The tally asks the panel itself, and counts what its members say alone on the way.
    var answer: (@Sendable (ImageShard) throws -> [Float])?
    if let tally { answer = { try tally.logits(of: $0) } }
    let evaluation = try Evaluator(predictor, combination: combination).evaluate(
      shardCount: images.shards.count, threads: threads, progress: progress, words: words,
      answer: answer,
      read: { try images.read(images.shards[$0]) }, visit: visit)
    return Result(evaluation: evaluation, study: tally.map { PanelStudy($0, joint: evaluation) })
  }

  /// An evaluation as it is shown and kept.
  ///
  /// - Parameters:
  ///   - result: of this subject.
  ///   - targets: that it was compared with.
  /// - Returns: the report.
  package func report(_ result: Result, _ targets: SoftTargetSet?) -> EvaluationReport {
    EvaluationReport(
      result.evaluation, models: models.map(\.source), images: images, softTargets: targets,
      specialists: result.study, labelNames: labelMap.givenNames, parameters: predictor.parameterCount)
  }
}
