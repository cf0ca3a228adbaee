import Datasets
import Evaluation
import Networks
import Programs
import Stage

/// Who is evaluated: models, a panel of specialists, or one specialist by itself.
struct Subject {
  let models: [Model]
  let predictor: any Predictor
  /// The images, labelled as the models' classes are.
  let set: ImageSet

  /// - Throws: as `Model`; `InputError.wrongModel`, `.otherClasses`, `ParameterError.wrongValue`.
  init(_ paths: [String], _ panel: PanelOptions, _ images: ImageSet) throws {
    let inputs = images.shape.count
    if let panel = try panel.read(paths, inputs: inputs, labels: nil, of: images.path) {
      models = panel.models
      predictor = panel.panel
      set = try images.matched(to: panel.panel.labelMap, like: paths[0])
      return
    }
    models = try paths.map { try Model($0) }
    let first = models[0]
    set = try images.matched(to: first.labelMap, like: first.path)
    // Images that nobody has labelled have the classes of the models, which must agree on them.
    let labels = images.isLabelled ? set.labelMap : first.labelMap
    if models.count == 1, first.labelMap.special != nil {
      try first.expectSpecialist(inputs: inputs, labels: labels, of: set.path)
    } else {
      for model in models { try model.expect(inputs: inputs, labels: labels, of: set.path) }
    }
    predictor = Ensemble(models)
  }

  /// What the outputs stand for, by the names that the models or the images have.
  var labelMap: LabelMap { predictor.labelMap.named(like: set.labelMap) }

  /// What it makes of a set.
  ///
  /// - Parameters:
  ///   - targets: that it is compared with.
  ///   - combination: of several models.
  ///   - threads: that work.
  ///   - progress: is told the images.
  ///   - visit: called for each shard in order, with the logarithms of its probabilities.
  /// - Returns: the counts over the whole set.
  /// - Throws: as `Evaluator.evaluate`; `InputError.mismatch` for soft targets of other classes.
  func evaluate(
    _ targets: SoftTargetSet?, combination: Combination, threads: Int, progress: ProgressMeter,
    visit: (ImageShard, [Double]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    let words = try targets.map { try Evaluator.Words($0, of: set, labels: labelMap) }
    return try Evaluator(predictor, combination: combination).evaluate(
      shardCount: set.shards.count, threads: threads, progress: progress, words: words,
      read: { try set.read(set.shards[$0]) }, visit: visit)
  }

  /// An evaluation as it is shown and kept.
  func report(_ evaluation: Evaluation, _ targets: SoftTargetSet?, _ study: PanelStudy?) -> EvaluationReport {
    EvaluationReport(
      evaluation, models: models.map(\.source), images: set, softTargets: targets, specialists: study,
      labelNames: labelMap.givenNames, parameters: predictor.parameterCount)
  }
}
