import Datasets
import Evaluation
import Programs
import Stage
import Storage

extension Evaluate {
  /// A row for each model.
  func compareEach(_ set: ImageSet, _ targets: SoftTargetSet?, _ console: Console) throws {
    guard set.isLabelled else { throw InputError.noLabels(path: set.path) }
    for (option, isGiven) in [("--specialists", panel.isGiven), ("--predictions", predictions != nil)]
    where isGiven {
      throw OptionError.wrongValue(option: option, expected: "one model or ensemble", found: "--each")
    }
    let subjects = try models.map { try Subject([$0], panel, set) }
    warnOfStale(subjects, set, targets, console)
    let files = try ResultFile.open([("--output", output)], inputs: inputs)
    let progress = ProgressMeter(
      "evaluate", total: set.examples * models.count, unit: "images", console: console)
    var before = 0.0
    let rows = try zip(models, subjects).map { name, subject in
      let evaluation = try subject.evaluate(
        targets, combination: combine, threads: common.threads, progress: progress)
      let seconds = progress.seconds
      defer { before = seconds }
      return (
        name, subject.report(evaluation, targets, nil),
        Optional(Double(set.examples) / max(seconds - before, 1e-9))
      )
    }
    console.note("done: \(models.count) models in \(Format.duration(progress.seconds))")
    try show(ModelComparison(rows), files[0], console)
  }

  /// A row for each evaluation that was kept.
  func compareKept(_ console: Console) throws {
    for (option, isGiven) in [
      ("MODELS", !models.isEmpty), ("--images", images != nil), ("--soft-targets", softTargets != nil),
      ("--predictions", predictions != nil), ("--each", each), ("--specialists", panel.isGiven),
    ] where isGiven {
      throw OptionError.wrongValue(option: option, expected: "nothing beside --evaluations", found: "it")
    }
    let rows = try evaluations.flatMap { path in
      try ModelComparison.kept(path).map { ($0.name ?? path, $0.evaluation, $0.imagesPerSecond) }
    }
    let files = try ResultFile.open([("--output", output)], inputs: inputs)
    try show(ModelComparison(rows), files[0], console)
  }

  private func show(_ comparison: ModelComparison, _ file: OutputFile?, _ console: Console) throws {
    try file?.write(CanonicalJSON.report(comparison, pretty: true))
    try file?.finish()
    if common.json {
      try console.result(json: comparison)
    } else {
      try console.result(csv ? comparison.csv : comparison.table)
    }
  }
}
