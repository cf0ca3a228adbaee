import Datasets
import Networks
import Stage

extension ModelComparison {
  /// Evaluates the subjects one after another.
  ///
  /// - Parameters:
  ///   - subjects: subjects with their names for the table, all on the same images.
  ///   - targets: soft targets to compare each subject with; nil for none.
  ///   - combination: how the models of a subject are combined.
  ///   - threads: number of threads; affects only the speeds.
  ///   - progress: advanced by one for each image of each subject.
  /// - Throws: as `EvaluationSubject.evaluate`.
  package init(
    evaluating subjects: [(name: String, subject: EvaluationSubject)], _ targets: SoftTargetSet?,
    combination: Combination, threads: Int, progress: ProgressMeter
  ) throws {
    self.init(
      try subjects.map { name, subject in
        let begin = progress.seconds
        let result = try subject.evaluate(
          targets, combination: combination, threads: threads, progress: progress)
        // The speed of this subject alone, including reading.
        let speed = Double(subject.images.examples) / max(progress.seconds - begin, 1e-9)
        return (name, subject.report(result, targets), speed)
      })
  }

  /// Compares evaluations read from files.
  ///
  /// - Parameter paths: JSON files of evaluations or comparisons.
  /// - Throws: as `kept`.
  package init(kept paths: [String]) throws {
    self.init(
      try paths.flatMap { path in
        try Self.kept(path).map { ($0.name ?? path, $0.evaluation, $0.imagesPerSecond) }
      })
  }
}
