import Datasets
import Distillation
import Networks
import Programs
import Stage

/// Who is evaluated: models, a panel of specialists, or one specialist by itself.
struct Subject {
  let read: [Network.Read]
  let predictor: any Predictor
  /// Which output stands for a label.
  let outputMap: OutputMap
  /// Of the outputs.
  let labelNames: [String]?

  /// - Throws: as `Network.read`; `InputError.wrongModel`, `OptionError.wrongValue`.
  init(_ models: [String], _ panel: PanelOptions, _ set: ImageSet) throws {
    let inputs = set.shape.count
    if let panel = try panel.read(models, inputs: inputs, classes: set.classes, of: set.path) {
      read = panel.models
      predictor = panel.panel
      outputMap = OutputMap(classes: set.classes)
      labelNames = set.labelNames
      return
    }
    read = try models.map { try Network.read($0) }
    // Images that nobody has labelled have the classes of the models, which must agree on them.
    let classes =
      set.isLabelled
      ? set.classes
      : read.first.map { $0.specialty?.classes ?? $0.network.architecture.classes } ?? set.classes
    predictor = ModelPredictor(read.map(\.network), paths: models)
    if read.count == 1, read[0].specialty != nil {
      let specialty = try read[0].expectSpecialist(inputs: inputs, classes: classes, of: set.path)
      outputMap = specialty.outputMap
      let special = specialty.special.map { set.labelNames?[$0] ?? String($0) }
      labelNames = specialty.form == .full ? set.labelNames : special + ["others"]
    } else {
      for model in read { try model.expect(inputs: inputs, classes: classes, of: set.path) }
      outputMap = OutputMap(classes: classes)
      labelNames = set.labelNames
    }
  }

  /// What it makes of a set.
  ///
  /// - Parameters:
  ///   - set: the images.
  ///   - targets: that it is compared with.
  ///   - combination: of several models.
  ///   - threads: that work.
  ///   - progress: is told the images.
  ///   - visit: called for each shard in order, with the logarithms of its probabilities.
  /// - Returns: the counts over the whole set.
  /// - Throws: as `Evaluator.evaluate`; `InputError.mismatch` for soft targets of other classes.
  func evaluate(
    _ set: ImageSet, _ targets: SoftTargetSet?, combination: Combination, threads: Int,
    progress: ProgressMeter,
    visit: (ImageShard, [Double]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    let words = try targets.map { try Evaluator.Words($0, of: set, classes: outputMap.count) }
    return try Evaluator(predictor, combination: combination).evaluate(
      shardCount: set.shards.count, classes: outputMap.count, threads: threads, progress: progress,
      words: words,
      read: { outputMap.applied(to: try set.read(set.shards[$0])) }, visit: visit)
  }

  /// An evaluation as it is shown and kept.
  func report(_ evaluation: Evaluation, _ set: ImageSet, _ targets: SoftTargetSet?, _ study: PanelStudy?)
    -> EvaluationReport
  {
    EvaluationReport(
      evaluation, models: read.map(\.source), images: set, softTargets: targets, specialists: study,
      labelNames: labelNames, parameters: read.reduce(0) { $0 + $1.network.architecture.parameterCount })
  }
}
