import Datasets
import Evaluation
import Programs
import Stage

/// The three modes: models as one predictor, each model by itself, and a comparison of kept evaluations.
extension Evaluate {
  func evaluateTogether(_ set: ImageSet, _ targets: SoftTargetSet?, _ console: Console) throws {
    // Without labels there are still predictions and the agreement with soft targets. A panel and the CSV row need
    // labels, because they are judged by their errors.
    guard set.isLabelled || predictions != nil || softTargets != nil,
      set.isLabelled || !(panel.isGiven || csv)
    else { throw InputError.noLabels(path: set.path) }
    let subject = try subject(models, set)
    warnOfStale([subject], set, targets, console)
    // Opened before the evaluation, so that a path that cannot be written is reported at once.
    let files = try EvaluationFiles(
      report: output, predictions: predictions, inputs: inputs, classes: subject.labelMap.outputs)
    let progress = ProgressMeter("evaluate", total: set.examples, unit: "images", console: console)
    let result = try subject.evaluate(
      targets, combination: combine, threads: common.threads, progress: progress, visit: files.append)
    let seconds = progress.seconds
    let done = "done: \(set.examples) images in \(Format.duration(seconds))"
    guard set.isLabelled else {
      let report = UnlabelledReport(
        result.evaluation, models: subject.models.map(\.source), images: set, softTargets: targets)
      try files.finish(report)
      console.note(done)
      return try console.result(report, json: common.json, text: report.table(names: models))
    }
    let report = subject.report(result, targets)
    try files.finish(report)
    console.note(done)
    let names = models + panel.specialists
    let row = ModelComparison([
      (names.joined(separator: " + "), report, Double(set.examples) / max(seconds, 1e-9))
    ])
    try console.result(
      report, json: common.json,
      text: csv ? row.csv : report.table(names: names, width: console.resultWidth))
  }

  func evaluateEach(_ set: ImageSet, _ targets: SoftTargetSet?, _ console: Console) throws {
    guard set.isLabelled else { throw InputError.noLabels(path: set.path) }
    // A panel has one generalist, and the CSV file has room for one prediction of each image.
    for (option, isGiven) in [("--specialists", panel.isGiven), ("--predictions", predictions != nil)]
    where isGiven {
      throw OptionError.wrongValue(option: option, expected: "one model or ensemble", found: "--each")
    }
    // All models are read and checked before the first is evaluated.
    let subjects = try models.map { (name: $0, subject: try subject([$0], set)) }
    warnOfStale(subjects.map(\.subject), set, targets, console)
    let file = try ResultFile.open([("--output", output)], inputs: inputs)[0]
    let progress = ProgressMeter(
      "evaluate", total: set.examples * models.count, unit: "images", console: console)
    let comparison = try ModelComparison(
      evaluating: subjects, targets, combination: combine, threads: common.threads, progress: progress)
    try ResultFile.finish(file, comparison)
    console.note("done: \(models.count) models in \(Format.duration(progress.seconds))")
    try console.result(comparison, json: common.json, text: csv ? comparison.csv : comparison.table)
  }

  func compareKept(_ console: Console) throws {
    // These have no effect on a finished evaluation, so giving them is a mistake.
    for (option, isGiven) in [
      ("MODELS", !models.isEmpty), ("--images", images != nil), ("--soft-targets", softTargets != nil),
      ("--predictions", predictions != nil), ("--each", each), ("--specialists", panel.isGiven),
    ] where isGiven {
      throw OptionError.wrongValue(option: option, expected: "nothing beside --evaluations", found: "it")
    }
    let comparison = try ModelComparison(kept: evaluations)
    let file = try ResultFile.open([("--output", output)], inputs: inputs)[0]
    try ResultFile.finish(file, comparison)
    try console.result(comparison, json: common.json, text: csv ? comparison.csv : comparison.table)
  }

  private func subject(_ models: [String], _ set: ImageSet) throws -> EvaluationSubject {
    try EvaluationSubject(models, specialists: panel.specialists, top: panel.top, images: set)
  }

  /// Files that no output may replace.
  private var inputs: [String] {
    models + panel.specialists + evaluations + [images, softTargets].compactMap { $0 }
  }

  private func warnOfStale(
    _ subjects: [EvaluationSubject], _ set: ImageSet, _ targets: SoftTargetSet?, _ console: Console
  ) {
    StaleNotes.warn(
      [set.directory] + subjects.flatMap { $0.models.compactMap(\.directory) }
        + (targets.map { [$0.directory] } ?? []), console)
  }
}
