import Stage
import Storage
import Testing

@testable import Reporting

/// What others have named changes the text of a page and none of its marks.
@Suite struct HostileNameTests {
  private static let hostile = [
    "<script>alert(1)</script>", "\" onload=\"x", "' onload='x", "&amp;<!--", "</svg></title></pre>",
    "<\u{301}b>",
    "\u{FFFF}\u{85}x",
  ]

  /// A page, and its drawing, of directories with such names; all else is the same for any names.
  private func page(_ names: [String]) throws -> (page: String, picture: String?) {
    let space = try ReportSpace()
    func named(_ number: Int) -> String {
      "\(number)\(names[number % names.count])".replacing("/", with: "|")
    }
    let labels = (0..<ReportSpace.classes).map { names[$0 % names.count] + "\($0)" }
    let images = try space.images("a " + named(0), rows: 8, labelNames: labels)
    for (number, role) in [ModelRole.teacher, .student, .baseline].enumerated() {
      let name = "b " + named(number)
      try space.model(name, role: role, seed: number, labelNames: labels)
      try space.train(name, epochs: 3)
    }
    let omitted = try space.model("c " + named(5), seed: 7, parameters: ["omit": [1]], labelNames: labels)
    try space.specialists("d " + named(3))
    try space.keep(space.evaluation([omitted, omitted], errors: 2, on: images), "e \(named(4)).json")
    let table = space.path("table " + named(6))
    try AtomicFile.write(Array(names.joined(separator: "\n").utf8), to: table)
    var report = try Report(
      [space.space.directory.path], images: nil, tables: [table], title: names.joined(), threads: 1)
    return (try report.html { _ in }, report.picture)
  }

  @Test func `Names that look like marks are text`() throws {
    // As many, and in the same order.
    let plain = try page(Self.hostile.indices.map { "name\($0)" })
    let hostile = try page(Self.hostile)
    for (plain, hostile) in [(plain.page, hostile.page), (plain.picture ?? "", hostile.picture ?? "")] {
      let (expected, found) = (Markup(plain), Markup(hostile))
      #expect(expected.tags.count > 30 && expected.faults.isEmpty, "\(expected.faults)")
      #expect(found.faults.isEmpty, "\(found.faults)")
      #expect(found.tags.map(\.form) == expected.tags.map(\.form))
      for name in ["id", "class", "href", "src", "style"] {
        #expect(found.tags.map { $0[name] } == expected.tags.map { $0[name] }, "\(name)")
      }
      #expect(!hostile.unicodeScalars.contains("\u{FFFF}") && !hostile.unicodeScalars.contains("\u{85}"))
    }
    let (text, drawn) = (Markup(hostile.page).text, Markup(hostile.picture ?? "").text)
    // All but the last, which holds what no document may.
    for name in Self.hostile.dropLast() { #expect(text.contains(name), "\(name)") }
    #expect(
      (0..<ReportSpace.classes).contains { drawn.contains("a \(Self.hostile[$0])\($0) that looks like") })
    let sections = Markup(hostile.page).tags("section").compactMap { $0["id"] }
    #expect(
      sections == [
        "results", "table-1", "curves", "dark-knowledge", "neighbours", "mistakes", "omitted", "confusion",
        "calibration", "specialists",
      ])
  }
}
