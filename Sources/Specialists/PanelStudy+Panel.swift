import Datasets
import Evaluation
import Networks
import Stage

extension PanelStudy {
  /// What the generalist alone makes of a set, and what each specialist does of the images that are its own.
  private struct Alone {
    var evaluation: Evaluation
    var asked = 0
    var examples: [Int]
    var generalistErrors: [Int]
    var errors: [Int]
  }

  /// Asks the generalist about every image, and each specialist about those of its classes.
  ///
  /// - Parameters:
  ///   - panel: of these images.
  ///   - images: with labels.
  ///   - joint: what the panel together made of them.
  ///   - threads: at most as many shards, and specialists, at once.
  ///   - progress: advanced by one for each image.
  /// - Throws: `InputError.notFinite`; `StorageError`, `InputError` for damaged shards; `StageError.interrupted`.
  package init(
    _ panel: SpecialistPanel, images: ImageSet, joint: Evaluation, threads: Int,
    progress: ProgressMeter? = nil
  ) throws {
    let alone = try Self.alone(panel, images, threads: threads, progress)
    let generalist = alone.evaluation
    var covering = [Int](repeating: 0, count: images.classes)
    for member in panel.specialists {
      for label in member.labelMap.special ?? [] { covering[label] += 1 }
    }
    let coverage = Set(covering).sorted().map { number in
      func sum(_ counts: [Int]) -> Int {
        counts.indices.reduce(0) { covering[$1] == number ? $0 + counts[$1] : $0 }
      }
      return Coverage(
        specialists: number, examples: sum(joint.examplesPerClass),
        generalistErrors: sum(generalist.errorsPerClass), errors: sum(joint.errorsPerClass))
    }
    let conditional = panel.specialists.indices.map { number in
      Conditional(
        special: panel.specialists[number].labelMap.special ?? [], examples: alone.examples[number],
        generalistErrors: alone.generalistErrors[number], errors: alone.errors[number])
    }
    self.init(
      top: panel.top, generalistErrors: generalist.errors, asked: alone.asked, coverage: coverage,
      conditional: conditional)
  }

  private static func alone(
    _ panel: SpecialistPanel, _ images: ImageSet, threads: Int, _ progress: ProgressMeter?
  ) throws -> Alone {
    let none = [Int](repeating: 0, count: panel.specialists.count)
    var alone = Alone(
      evaluation: Evaluation(classes: images.classes), examples: none, generalistErrors: none, errors: none)
    alone.evaluation = try Evaluator(panel.generalist).evaluate(
      shardCount: images.shards.count, threads: threads, progress: progress,
      read: { try images.read(images.shards[$0]) },
      visit: { shard, logProbabilities in
        let answers = (0..<shard.count).map { row in
          logProbabilities[row * images.classes..<(row + 1) * images.classes]
        }
        alone.asked += answers.count { !panel.active($0).isEmpty }
        let parts = try Processors.map(below: panel.specialists.count, threads: threads) { number in
          try Self.conditional(panel.specialists[number], shard, answers)
        }
        for (number, part) in parts.enumerated() {
          alone.examples[number] += part.examples
          alone.generalistErrors[number] += part.generalistErrors
          alone.errors[number] += part.errors
        }
      })
    return alone
  }

  /// Errors among the images of a specialist's special classes, when only these may be named.
  ///
  /// - Parameters:
  ///   - specialist: of the panel.
  ///   - shard: of labelled images.
  ///   - answers: [examples][classes], of the generalist.
  /// - Returns: counts of a shard.
  /// - Throws: `InputError.notFinite`.
  private static func conditional(
    _ specialist: any Predictor, _ shard: ImageShard, _ answers: [ArraySlice<Double>]
  ) throws -> (examples: Int, generalistErrors: Int, errors: Int) {
    let labels = shard.labels ?? []
    let special = specialist.labelMap.special ?? []
    let rows = labels.indices.filter { special.contains(Int(labels[$0])) }
    let own = rows.isEmpty ? [] : try specialist.logits(shard.features.rows(rows))
    let (width, outputs) = (specialist.outputs, specialist.labelMap.specialOutputs)
    var (generalistErrors, errors) = (0, 0)
    for (place, row) in rows.enumerated() {
      let label = special.firstIndex(of: Int(labels[row]))
      let theirs = special.map { answers[row][answers[row].startIndex + $0] }
      if Evaluation.prediction(theirs[...]) != label { generalistErrors += 1 }
      let mine = outputs.map { Double(own[place * width + $0]) }
      if Evaluation.prediction(mine[...]) != label { errors += 1 }
    }
    return (rows.count, generalistErrors, errors)
  }
}
