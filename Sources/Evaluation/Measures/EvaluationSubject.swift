import Datasets
import Networks
import Stage

/// Models together with the images that they are evaluated on: one model, an ensemble, a panel of specialists, or one
/// specialist by itself.
package struct EvaluationSubject {
  /// The models; in a panel the generalist is first.
  package let models: [Model]
  /// The images, with labels that match the models' classes.
  package let images: ImageSet
  private let predictor: any Predictor

  /// Reads the models.
  ///
  /// - Parameters:
  ///   - paths: paths of models; with specialists, the path of their one generalist.
  ///   - specialists: paths of specialists; empty without a panel.
  ///   - top: number of the generalist's most probable classes that choose the specialists.
  ///   - images: images to evaluate the models on.
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
    // For images without labels the first model defines the classes, and the others must agree with it.
    let labels = images.isLabelled ? self.images.labelMap : first.labelMap
    // A specialist alone is evaluated on its own outputs. In an ensemble its classes would differ from the others'.
    if models.count == 1, first.labelMap.special != nil {
      try first.expectSpecialist(inputs: inputs, labels: labels, of: images.path)
    } else {
      for model in models { try model.expect(inputs: inputs, labels: labels, of: images.path) }
    }
    predictor = Ensemble(models)
  }

  /// The classes of the outputs, with the names from the models or the images.
  package var labelMap: LabelMap { predictor.labelMap.named(like: images.labelMap) }

  /// The result of one pass over the images.
  package struct Result {
    /// The counts over the whole set.
    package let evaluation: Evaluation
    /// The gain by the specialists over their generalist; nil without specialists or labels.
    package let study: PanelStudy?
  }

  /// Evaluates every image once.
  ///
  /// - Parameters:
  ///   - targets: soft targets to compare the models with; nil for none.
  ///   - combination: how several models are combined.
  ///   - threads: number of threads; does not affect the result.
  ///   - progress: advanced by one for each image.
  ///   - visit: called for each shard in order, with its log probabilities.
  /// - Returns: the counts over the whole set.
  /// - Throws: as `Evaluator.evaluate`; `InputError.mismatch` for soft targets of other classes.
  package func evaluate(
    _ targets: SoftTargetSet?, combination: Combination, threads: Int, progress: ProgressMeter,
    visit: (ImageShard, [Double]) throws -> Void = { _, _ in }
  ) throws -> Result {
    let words = try targets.map { try Evaluator.Words($0, of: images, labels: labelMap) }
    let tally = images.isLabelled ? (predictor as? SpecialistPanel).map { PanelTally($0) } : nil
    // The tally computes the panel's logits, and counts the errors of its members on the way.
    var answer: (@Sendable (ImageShard) throws -> [Float])?
    if let tally { answer = { try tally.logits(of: $0) } }
    let evaluation = try Evaluator(predictor, combination: combination).evaluate(
      shardCount: images.shards.count, threads: threads, progress: progress, words: words,
      answer: answer,
      read: { try images.read(images.shards[$0]) }, visit: visit)
    return Result(evaluation: evaluation, study: tally.map { PanelStudy($0, joint: evaluation) })
  }

  /// The report of an evaluation, for the table and the JSON file.
  ///
  /// - Parameters:
  ///   - result: the result of evaluating this subject.
  ///   - targets: soft targets that it was compared with.
  /// - Returns: the report.
  package func report(_ result: Result, _ targets: SoftTargetSet?) -> EvaluationReport {
    EvaluationReport(
      result.evaluation, models: models.map(\.source), images: images, softTargets: targets,
      specialists: result.study, labelNames: labelMap.givenNames, parameters: predictor.parameterCount)
  }
}
