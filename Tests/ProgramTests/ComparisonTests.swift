import Evaluation
import Foundation
import TestSupport
import Testing

/// Models side by side.
struct ComparisonTests {
  @Test func `Each model has a row, and is compared with the first where they differ`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    let brief = SmallPipeline.commands[5].replacing("--learning-rate 0.1", with: "--learning-rate 0.0005")
      .replacing("--output student", with: "--output brief")
    #expect(try pipeline.run(brief).status == 0)
    let images = "--images shards/validation --soft-targets heard/temperature=20"
    #expect(
      try pipeline.run("dk-soften teacher --images shards/validation --temperatures 20 --output heard").status
        == 0)
    let result = try pipeline.run(
      "dk-evaluate teacher brief student --each \(images) --output kept.json --json --quiet")
    try #require(result.status == 0, "\(result.standardError)")
    let comparison = try JSONDecoder().decode(ModelComparison.self, from: Data(result.standardOutput.utf8))
    #expect(comparison.models.map(\.name) == ["teacher", "brief", "student"])
    // Beside what each is alone, and beside the predictions of both.
    let predictions = try ["teacher", "brief"].map { try wrong(pipeline, $0) }
    let compared = comparison.models[1]
    #expect(compared.evaluation.errorRows == predictions[1] && !predictions[1].isEmpty)
    #expect(compared.paired?.firstAlone == Set(predictions[0]).subtracting(predictions[1]).count)
    #expect(compared.paired?.otherAlone == Set(predictions[1]).subtracting(predictions[0]).count)
    #expect(comparison.models[0].paired == nil)
    // A net with 48 and 32 hidden units on 64 pixels and 4 classes.
    #expect(comparison.models[0].evaluation.parameters == 64 * 48 + 48 + 48 * 32 + 32 + 32 * 4 + 4)
    #expect(comparison.models[0].evaluation.fidelity?.agreeing == 60)

    let table = try pipeline.run("dk-evaluate teacher brief student --each \(images)").standardOutput
    #expect(table.split(separator: "\n").count == 4 && table.contains("agreement"), "\(table)")
    let csv = try pipeline.run("dk-evaluate --evaluations kept.json --csv").standardOutput
    let lines = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    try #require(lines.count == 4 && Set(lines.map(\.count)).count == 1, "\(csv)")
    #expect(lines[2][0] == "brief" && lines[2][2] == "\(predictions[1].count)")
    #expect(lines[2][15] == "\(compared.paired?.pValue ?? 0)")
  }

  @Test func `Evaluations that were kept are compared, those of other images too`() throws {
    let pipeline = try SmallPipeline(running: 3)
    for (images, name) in [("shards/validation", "a"), ("shards/validation", "b"), ("shards/train", "c")] {
      let result = try pipeline.run("dk-evaluate teacher --images \(images) --output \(name).json")
      #expect(result.status == 0, "\(result.standardError)")
    }
    let result = try pipeline.run("dk-evaluate --evaluations a.json b.json c.json --json")
    let comparison = try JSONDecoder().decode(ModelComparison.self, from: Data(result.standardOutput.utf8))
    #expect(comparison.models.map { $0.paired?.pValue } == [nil, 1, nil])
    #expect(
      comparison.models.map(\.evaluation.imagesName) == [
        "shards/validation", "shards/validation", "shards/train",
      ])
  }

  @Test func `What does not belong together is one line`() throws {
    let pipeline = try SmallPipeline(running: 3)
    for (words, status, expected) in [
      ("", 64, "--images"), ("--images shards/train", 64, "MODELS"),
      ("teacher --each --predictions p.csv --images shards/train", 64, "--predictions"),
      ("teacher --csv --json --images shards/train", 64, "--csv"),
      ("--evaluations train-images", 65, "dk-evaluate --output"),
      ("--evaluations no.json", 66, "no.json"), ("teacher --evaluations a.json", 64, "MODELS"),
    ] {
      let result = try pipeline.run("dk-evaluate \(words)")
      #expect(result.status == status, "\(words): \(result.standardError)")
      #expect(result.lastErrorLine.contains(expected), "\(words): \(result.standardError)")
    }
  }

  /// Positions of the errors, from the predictions.
  private func wrong(_ pipeline: SmallPipeline, _ model: String) throws -> [Int] {
    let result = try pipeline.run("dk-evaluate \(model) --images shards/validation --predictions p.csv")
    #expect(result.status == 0)
    let lines = String(decoding: try bytes(pipeline.directory("p.csv")), as: UTF8.self).split(separator: "\n")
    return lines.dropFirst().enumerated().compactMap { row, line in
      let cells = line.split(separator: ",")
      return cells[3] == cells[4] ? nil : row
    }
  }
}
