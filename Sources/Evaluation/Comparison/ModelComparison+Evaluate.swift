import Datasets
import Networks
import Stage

extension ModelComparison {
  /// Evaluates one subject after another, each by itself.
  ///
  /// - Parameters:
  ///   - subjects: with the names that people know them by, all of one set of images.
  ///   - targets: that each is compared with.
  ///   - combination: of several models.
  ///   - threads: of which nothing in the result depends, except the speeds.
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
        // Of this subject alone, reading included.
        let speed = Double(subject.images.examples) / max(progress.seconds - begin, 1e-9)
        return (name, subject.report(result, targets), speed)
      })
  }

  /// Reads the evaluations of several files side by side.
  ///
  /// - Parameter paths: of files that an evaluation or a comparison has written.
  /// - Throws: as `kept`.
  package init(kept paths: [String]) throws {
    self.init(
      try paths.flatMap { path in
        try Self.kept(path).map { ($0.name ?? path, $0.evaluation, $0.imagesPerSecond) }
      })
  }
}
