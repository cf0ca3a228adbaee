import Datasets
import Evaluation
import Foundation
import Stage
import Storage
import TestSupport
import Testing

@Suite struct EvaluationReportTests {
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  /// Counts pairs of a label and a prediction, each made with a confidence of about nine tenths.
  private func evaluation(classes: Int, _ pairs: [(label: Int, prediction: Int)]) -> Evaluation {
    var evaluation = Evaluation(classes: classes)
    for pair in pairs {
      var row = [Double](repeating: log(0.1 / Double(classes)), count: classes)
      row[pair.prediction] = log(0.9)
      evaluation.add(row[...], label: pair.label)
    }
    return evaluation
  }

  private func report(_ evaluation: Evaluation) throws -> EvaluationReport {
    let models = [Plan.Input(name: "model", digest: Digest(of: [7]), path: "m")]
    return EvaluationReport(evaluation, models: models, images: try space.set(labels: [0, 1]))
  }

  private func decoded(_ report: EvaluationReport) throws -> EvaluationReport {
    try JSONDecoder().decode(EvaluationReport.self, from: Data(CanonicalJSON.report(report)))
  }

  @Test func `The JSON of a report is read back as the report`() throws {
    let report = try report(evaluation(classes: 3, [(0, 0), (0, 1), (2, 1), (1, 1), (2, 1)]))
    let back = try decoded(report)
    #expect(try CanonicalJSON.report(back) == CanonicalJSON.report(report))
    #expect(back.examples == 5 && back.errors == 3 && back.errorRate == 0.6)
    #expect(back.errorRateInterval.count == 2 && back.errorRateInterval[0] < 0.6)
    #expect(back.errorRateInterval[1] > 0.6 && back.errorRateInterval[1] < 1)
    #expect(back.examplesPerClass == [2, 1, 2] && back.errorsPerClass == [1, 0, 2])
    #expect(back.confusion == [[1, 1, 0], [0, 1, 0], [0, 2, 0]])
    #expect(back.models == [Digest(of: [7])])
    #expect(back.images == (try FinishedDirectory(space.directory("images/train")).digest))
  }

  @Test func `Only confusions that occurred are there and the most frequent first`() throws {
    let pairs = [(3, 1), (0, 2), (0, 2), (1, 3), (0, 1), (2, 2), (3, 1), (0, 2), (4, 4)]
    let report = try decoded(report(evaluation(classes: 5, pairs.map { (label: $0.0, prediction: $0.1) })))
    let found = report.confusions.map { [$0.label, $0.prediction, $0.count] }
    // Of equally many the lower label, then the lower prediction.
    #expect(found == [[0, 2, 3], [3, 1, 2], [0, 1, 1], [1, 3, 1]])
    #expect(report.confusions.reduce(0) { $0 + $1.count } == report.errors)
  }

  @Test func `Ten thousand classes stay small`() throws {
    let pairs = (0..<200).map { (label: $0 * 49, prediction: $0 % 2 == 0 ? $0 * 49 : $0) }
    let report = try report(evaluation(classes: 10_000, pairs))
    #expect(try CanonicalJSON.report(report).count < 60_000)
    #expect(try decoded(report).confusion == nil)
    #expect(report.errors == 100 && report.confusions.count == 100)
    // On a terminal no more than what can be read.
    let lines = report.table(names: ["m"], width: 80).split(separator: "\n")
    #expect(lines.count < 30 && lines.allSatisfy { $0.count <= 80 })
  }

  @Test func `A matrix that is too wide for the terminal gives way to the confusions`() throws {
    let report = try report(evaluation(classes: 5, [(label: 3, prediction: 1), (label: 0, prediction: 0)]))
    #expect(report.table(names: ["m"], width: 80).contains("true\\predicted"))
    let narrow = report.table(names: ["m"], width: 30)
    #expect(!narrow.contains("true\\predicted") && narrow.contains("predicted"))
  }
}
