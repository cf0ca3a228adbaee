import Datasets
import Foundation
import Stage
import Storage
import Testing

@testable import Reporting

/// Sections are there where there is something to show, and nowhere else.
@Suite struct SectionTests {
  private let space: ReportSpace

  init() throws { space = try ReportSpace() }

  /// Judged images, and a model's logits of them.
  private func look(rows: Int = 4, wrong: [Int: Int] = [:], omit: [Int]? = nil) throws -> (
    Judged, JudgedModel
  ) {
    let judged = try Judged(try space.images("looked at \(rows)", rows: rows))
    let parameters: [String: JSONValue] = omit.map { ["omit": .array($0.map { JSONValue($0) })] } ?? [:]
    let name = "net \(rows) \(wrong.count) \(omit ?? [])"
    let model = try #require(
      try Findings([space.model(name, role: .teacher, parameters: parameters).path]).models.first)
    return (judged, JudgedModel(model: model, logits: ReportSpace.logits(judged, wrong: wrong)))
  }

  private func sections(_ paths: [String]) throws -> [String] {
    var report = try Report(paths, images: nil, tables: [], title: "t", threads: 1)
    return Markup(try report.html { _ in }).tags("section").compactMap { $0["id"] }
  }

  @Test func `A page has the sections that its directories can fill`() throws {
    let model = try space.model("net", role: .student)
    #expect(try sections([model.path]) == [])
    try space.train("net", epochs: 1)
    #expect(try sections([model.path]) == [])
    try space.train("net", epochs: 2)
    #expect(try sections([model.path]) == ["curves"])
    try space.specialists("sets")
    #expect(try sections([model.path, space.path("sets")]) == ["curves", "specialists"])
    let images = try space.images("set")
    let all = try sections([model.path, images.path])
    #expect(all == ["results", "curves", "mistakes", "confusion", "calibration"])
    try space.keep(space.evaluation([model], errors: 1, on: images), "kept.json")
    #expect(try sections([space.path("kept.json")]) == ["results"])
    // Six neighbours and the image itself.
    try space.model("teacher", role: .teacher)
    let taught = try sections([space.path("teacher"), images.path])
    #expect(taught.contains("neighbours") && taught.contains("mistakes") && !taught.contains("curves"))
  }

  @Test func `A section without content is none`() throws {
    let (judged, right) = try look()
    #expect(MistakesSection.section(judged, nil, nil) == nil)
    #expect(ConfusionSection.section(judged, []) == nil)
    #expect(CalibrationSection.section(judged, []) == nil)
    #expect(OmittedSection.section(judged, [right]) == nil && OmittedSection.section(judged, []) == nil)
    #expect(TemperatureSection.section([]) == nil)
    #expect(
      DarkKnowledgeSection.section(judged, right) != nil && DarkKnowledgePicture.file(judged, right) != nil)
    // A teacher that names no image rightly has no image to show.
    let all = Dictionary(uniqueKeysWithValues: (0..<judged.count).map { ($0, (judged.labels[$0] + 2) % 3) })
    let (_, wrong) = try look(wrong: all)
    #expect(wrong.mistakes(judged).count == judged.count)
    #expect(
      DarkKnowledgeSection.section(judged, wrong) == nil && DarkKnowledgePicture.file(judged, wrong) == nil)
    let (few, teacher) = try look(rows: 2)
    #expect(few.count == 6 && NeighborSection.section(few, teacher) == nil)
    #expect(NeighborSection.section(judged, right) != nil)
  }

  @Test func `Three temperatures make a chart and two do not`() throws {
    let images = try space.images()
    func row(_ temperature: Double, _ hidden: [Int], errors: [Int]) throws -> ResultsSection.Row {
      let models = try errors.indices.map { seed in
        let directory = try space.model("\(hidden)/T=\(temperature)/seed=\(seed)", seed: seed, hidden: hidden)
        return Findings.Model(
          name: "n", directory: directory, temperature: temperature, learntFrom: nil, description: "")
      }
      return .init(
        group: "n", models: models,
        evaluations: zip(models, errors).map { space.evaluation([$0.directory], errors: $1, on: images) })
    }
    let two = [try row(1, [5], errors: [30]), try row(20, [5], errors: [10, 12])]
    #expect(TemperatureSection.section(two) == nil)
    // Another width has too few temperatures of its own.
    let other = try row(8, [9], errors: [9])
    #expect(TemperatureSection.section(two + [other]) == nil)
    let three = two + [other, try row(4, [5], errors: [20])]
    let markup = Markup(try #require(TemperatureSection.section(three)?.body))
    #expect(markup.tags("li").count == 1 && markup.text.contains("hidden layers 5: 11 at 20"))
    // A line through three points, and a bar at the one with two seeds.
    #expect(markup.tags("path").filter { $0["class"] == "curve" }.count == 1 + 1 + 1)
    let reversed = try #require(TemperatureSection.section(three.reversed())?.body)
    #expect(reversed == TemperatureSection.section(three)?.body)
  }

  @Test func `Mistakes are those of one, of the other and of both`() throws {
    let (judged, teacher) = try look(wrong: [0: 2, 4: 0])
    let (_, student) = try look(wrong: [4: 2, 5: 0, 6: 1])
    let both = Markup(try #require(MistakesSection.section(judged, teacher, student)?.body))
    for words in [
      "Both wrong: 1", "Only \(teacher.model.name) wrong: 1", "Only \(student.model.name) wrong: 2",
    ] {
      #expect(both.text.contains(words), "\(both.text)")
    }
    #expect(
      both.tags("img").map { $0["alt"] } == [
        "1, named 0 and 2", "0, named 2 and 0", "2, named 2 and 0", "0, named 0 and 1",
      ])
    let alone = Markup(try #require(MistakesSection.section(judged, nil, student)?.body))
    #expect(alone.tags("h3").count == 1 && alone.text.contains("\(student.model.name) wrong: 3"))
  }

  @Test func `Confusions are counted in rows of true classes`() throws {
    // Labels are 0, 1, 2, 0, ...: two of the zeros become twos, one of the ones a zero.
    let (judged, own) = try look(wrong: [0: 2, 3: 2, 4: 0])
    let markup = Markup(try #require(ConfusionSection.section(judged, [own])?.body))
    #expect(markup.rows.dropFirst() == [["0", "2", "", "2"], ["1", "1", "3", ""], ["2", "", "", "4"]])
    #expect(markup.text.contains("3 errors of 12"))
  }

  @Test func `A class that was never seen is counted where it is recognised`() throws {
    let (judged, own) = try look(wrong: [2: 1, 0: 1], omit: [2])
    let markup = Markup(try #require(OmittedSection.section(judged, [own])?.body))
    #expect(
      markup.text.contains("no 2") && markup.text.contains("3 of 4 images") && markup.text.contains("(75 %)"))
    #expect(markup.tags("img").count == 3 && markup.tags("img").allSatisfy { $0["alt"] == "a 2, recognised" })
  }

  @Test func `The dark knowledge of a class is that of its most ambiguous image`() throws {
    let (judged, own) = try look()
    let logits = ReportSpace.logits(judged, wrong: [8: 0], second: [3: 5, 4: 2, 8: 7, 11: 4])
    let teacher = JudgedModel(model: own.model, logits: logits)
    // Row 8 is named wrongly.
    #expect(DarkKnowledgeSection.chosen(judged, teacher) == [3, 4, 11])
    let markup = Markup(try #require(DarkKnowledgeSection.section(judged, teacher)?.body))
    #expect(
      markup.tags("img").map { $0["alt"] } == [
        "a 0 that looks like a 1", "a 1 that looks like a 2", "a 2 that looks like a 0",
      ])
    #expect(markup.tags("svg").count == 3 * DarkKnowledgeSection.temperatures.count && markup.faults.isEmpty)
  }

  @Test func `Features that are no pixels have no pictures`() throws {
    let vectors = try space.vectors("vectors")
    let judged = try Judged(vectors)
    #expect(judged.picture(0, "x").isEmpty && judged.address(0) == nil)
    let (_, own) = try look()
    let teacher = JudgedModel(model: own.model, logits: ReportSpace.logits(judged))
    #expect(NeighborSection.section(judged, teacher) == nil)
    for text in [
      DarkKnowledgeSection.section(judged, teacher)?.body, DarkKnowledgePicture.file(judged, teacher),
    ] {
      #expect(text?.contains("<svg") == true && text?.contains("base64") == false)
    }
  }
}
