import Evaluation
import Stage
import TestSupport
import Testing

@testable import Reporting

/// Nets that differ in their seeds alone are one row.
@Suite struct ResultsTests {
  private let space: ReportSpace

  init() throws { space = try ReportSpace() }

  /// Cells of the table, row by row, after the heading.
  private func cells(_ section: Section?) throws -> [[String]] {
    Array(Markup(try #require(section?.body)).rows.dropFirst())
  }

  @Test func `Seeds are grouped, with their mean and standard deviation`() throws {
    let images = try space.images("set")
    for (seed, errors) in [(0, 10), (1, 14), (2, 18)] {
      try space.keep(
        space.evaluation([space.model("net/seed=\(seed)", seed: seed)], errors: errors, on: images),
        "net/seed=\(seed).json")
    }
    let lone = try space.model("lone", hidden: [7, 6])
    try space.keep(space.evaluation([lone], errors: 3, of: 50, on: images), "lone.json")
    let findings = try Findings([space.space.directory.path])
    let rows = ResultsSection(findings).rows
    #expect(rows.map(\.evaluations.count) == [1, 3] && rows.map(\.models.count) == [1, 3])
    #expect(rows.map(\.mean) == [3, 14] && rows.map(\.deviation) == [0, 4])
    #expect(rows[1].errors == [10, 14, 18])
    // One seed has no deviation; the paper says nothing of these nets.
    #expect(
      try cells(ResultsSection(findings).section) == [
        ["lone", "3", "50", "1", "test", "36-7-6-3, distilled", "203", "0.3536", "0.19"],
        ["net", "14.0 ± 4.0", "100", "3", "test", "36-5-3, distilled", "203", "0.4415", "0.11"],
      ])
  }

  @Test func `Images of another set are another row`() throws {
    let (first, second) = (try space.images("one"), try space.images("two", rows: 5))
    let model = try space.model("net/seed=0")
    var findings = try Findings([model.path, first.path])
    findings.add(space.evaluation([model], errors: 1, on: first), name: "a")
    findings.add(space.evaluation([model], errors: 5, on: second), name: "b")
    let rows = ResultsSection(findings).rows
    #expect(rows.map(\.mean) == [1, 5] && Set(rows.map(\.group)).count == 2)
  }

  @Test func `One evaluation that is kept twice counts once`() throws {
    let images = try space.images()
    let model = try space.model("net")
    var findings = try Findings([model.path])
    for name in ["a", "b"] { findings.add(space.evaluation([model], errors: 7, on: images), name: name) }
    #expect(ResultsSection(findings).rows.map(\.errors) == [[7]])
  }

  @Test func `Nets of two places are no seeds of each other`() throws {
    let images = try space.images()
    var models: [FinishedDirectory] = []
    // Named as nets, as their folders, and with the same name and other parameters.
    for place in ["one", "two", "more/two"] {
      models.append(
        try space.model("\(place)/seed=0", seed: 0, parameters: ["epochs": place == "more/two" ? 2 : 1]))
    }
    for places in [["one/seed=0", "two/seed=0", "more/two/seed=0"], ["one", "two", "more/two"]] {
      var findings = try Findings(places.map { space.path($0) })
      for (number, model) in models.enumerated() {
        findings.add(space.evaluation([model], errors: number, on: images), name: "x")
      }
      #expect(Set(findings.models.map(\.name)) == ["one/seed=0", "two/seed=0"])
      #expect(ResultsSection(findings).rows.map(\.errors) == [[0], [1], [2]], "\(places)")
    }
  }

  @Test func `A net that is not among the inputs has the name of its evaluation`() throws {
    let evaluation = space.evaluation([try space.model("gone")], errors: 2, on: try space.images())
    try space.keep(evaluation, "kept/net/evaluation/e.json")
    let section = ResultsSection(try Findings([space.path("kept")])).section
    #expect(try cells(section).map(\.first) == ["net"])
  }

  @Test func `An ensemble is no seed of its members`() throws {
    let images = try space.images()
    let models = try (0..<2).map { try space.model("net/seed=\($0)", seed: $0) }
    var findings = try Findings([space.path("net")])
    for (number, model) in models.enumerated() {
      findings.add(space.evaluation([model], errors: 10 + number, on: images), name: "net")
    }
    findings.add(space.evaluation(models, errors: 4, on: images), name: "both")
    let rows = ResultsSection(findings).rows
    #expect(rows.map(\.errors) == [[10], [11], [4]] || rows.map(\.errors) == [[10, 11], [4]])
    #expect(rows.last?.group.hasPrefix("ensemble of 2: both") == true && rows.last?.models.count == 2)
  }

  @Test func `Rows and all else are the same for any order of inputs`() throws {
    let images = try space.images("set")
    var places = [space.path("set")]
    for (number, name) in ["wide", "narrow", "deep"].enumerated() {
      for seed in 0..<2 {
        let model = try space.model("\(name)/seed=\(seed)", seed: 9 * number + seed)
        try space.keep(
          space.evaluation([model], errors: 9 - number + seed, on: images), "\(name)/seed=\(seed).json")
        try space.train("\(name)/seed=\(seed)", epochs: 3)
      }
      places.append(space.path(name))
    }
    try space.keep(space.evaluation([try space.model("x")], errors: 2, on: images), "last.json")
    places.append(space.path("last.json"))
    func page(_ places: [String]) throws -> String {
      var report = try Report(places, images: nil, tables: [], title: "t", threads: 1)
      return try report.html { _ in }
    }
    let expected = try page(places)
    for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 2, 3, 4, 0]] {
      #expect(try page(order.map { places[$0] }) == expected, "\(order)")
    }
  }
}
