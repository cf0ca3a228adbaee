import Foundation
import Storage
import TestSupport
import Testing

/// The page that shows what there is.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct ReportTests {
  private struct Page: Decodable {
    let faults, outside, sections: [String]
    let scripts, images, drawings: Int
    let text: String
  }

  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: SmallPipeline.commands.count) }

  private func report(_ words: String) throws -> Page {
    let made = try pipeline.run("dk-report \(words) --output page.html")
    guard made.status == 0 else { throw PipelineFailed(command: words, line: made.lastErrorLine) }
    let result = try pipeline.run("\(python ?? "") \(reference("read_page.py")) page.html")
    guard result.status == 0 else { throw PipelineFailed(command: words, line: result.standardError) }
    return try JSONDecoder().decode(Page.self, from: Data(result.standardOutput.utf8))
  }

  private func run(_ commands: [String]) throws {
    for command in commands {
      let result = try pipeline.run(command)
      guard result.status == 0 else { throw PipelineFailed(command: command, line: result.lastErrorLine) }
    }
  }

  @Test func `A page of everything is whole, says all in words and fetches nothing`() throws {
    let distil = SmallPipeline.commands[5]
    try run([
      "dk-soften --from-logits soft/logits --temperatures 3,7 --output soft",
      distil.replacing("=20", with: "=1").replacing("student", with: "wide/temperature=1/seed=0"),
      distil.replacing("=20", with: "=3").replacing("student", with: "wide/temperature=3/seed=0"),
      distil.replacing("=20", with: "=7").replacing("student", with: "wide/temperature=7/seed=0"),
      distil.replacing("=20", with: "=7").replacing("student", with: "wide/temperature=7/seed=1")
        .replacing("--epochs", with: "--seed 1 --epochs"),
      distil.replacing("student", with: "omitted").replacing("--hidden", with: "--omit 3 --hidden"),
      "dk-distill shards/train --hidden 24 --epochs 3 --batch-size 16 --output baseline",
      "dk-specialize teacher --images shards/train --sets 0,1:2,3 --output sets",
      "dk-evaluate teacher student --images shards/validation --output both.json",
    ])
    try AtomicFile.write(Array("a | b <script>alert(1)</script>\n".utf8), to: pipeline.directory("table.txt"))
    let page = try report(". --tables table.txt --title <Bars>&more")
    #expect(page.faults.isEmpty, "\(page.faults)")
    #expect(page.outside.isEmpty && page.scripts == 0)
    #expect(
      page.sections.filter { !$0.hasPrefix("table") } == [
        "results", "curves", "temperature", "dark-knowledge", "neighbours", "mistakes", "omitted",
        "confusion",
        "calibration", "specialists",
      ], "\(page.sections)")
    #expect(page.images > 50 && page.drawings > 12)
    for words in [
      "<Bars>&more", "<script>alert(1)</script>", "64-48-32-4, teacher", "64-24-4, distilled at T=20",
      "64-24-4, hard targets", "ensemble of 2", "wide/temperature=7", "hidden layers 24", "omit [3]",
      "omitted: no 3",
    ] { #expect(page.text.contains(words), "\(words)") }
    // The same directories make the same page.
    let first = try bytes(pipeline.directory("page.html"))
    try FileSystem.remove(pipeline.directory("page.html"))
    _ = try report(". --tables table.txt --title <Bars>&more --threads 1")
    #expect(try bytes(pipeline.directory("page.html")) == first)
  }

  @Test func `Names of others are text and never marks`() throws {
    try AtomicFile.write(
      Array("<b>zero</b>\n\"one\" & only\n'two'\nthree\n".utf8), to: pipeline.directory("names"))
    try run([
      "dk-ingest train-images train-labels --validation 60 --label-names names --output named/<i>set",
      "dk-teach named/<i>set/train --hidden 8 --epochs 2 --output named/<i>net",
    ])
    let page = try report("named")
    #expect(page.faults.isEmpty && page.outside.isEmpty, "\(page.faults)")
    #expect(page.text.contains("<b>zero</b>") && page.text.contains("<i>net"))
  }

  @Test func `Kept evaluations alone make a page, and nothing makes none`() throws {
    try run(["dk-evaluate teacher --images shards/validation --output e.json"])
    let page = try report("e.json")
    #expect(page.sections == ["results"] && page.faults.isEmpty && page.text.contains("teacher"))
    for (words, status, expected) in [
      ("shards", 65, "model or evaluation"), ("none", 66, "none"),
      ("train-images", 65, "dk-evaluate --output"),
      ("teacher --images none", 66, "none"), ("teacher --images teacher", 65, "teacher"),
    ] {
      let result = try pipeline.run("dk-report \(words) --output other.html")
      #expect(result.status == Int32(status), "\(words): \(result.standardError)")
      #expect(result.lastErrorLine.contains(expected), "\(result.standardError)")
      #expect(FileSystem.kind(pipeline.directory("other.html")) == nil)
    }
  }

  @Test(.enabled(if: isInstalled("chromium"), "needs Chromium; pipelines/test.sh installs it"))
  func `A browser shows the page on a phone and on a desk, in light and in the dark`() throws {
    struct Shown: Decodable {
      struct View: Decodable {
        let width, wide, broken, images, hidden: Int
        let scheme, paper, ink: String
      }
      let views: [View]
      let said, fetched: [String]
    }
    #expect(try pipeline.run("dk-report . --output page.html").status == 0)
    let result = try pipeline.run("\(python ?? "") \(reference("open_page.py")) page.html")
    try #require(result.status == 0, "\(result.standardError)")
    let shown = try JSONDecoder().decode(Shown.self, from: Data(result.standardOutput.utf8))
    #expect(shown.said.isEmpty && shown.fetched.isEmpty, "\(shown.said) \(shown.fetched)")
    #expect(shown.views.map(\.width) == [390, 390, 1280, 1280])
    // Nothing is wider than the screen, no picture is broken, and no drawing has no room.
    for view in shown.views {
      #expect(view.wide == 0 && view.broken == 0 && view.hidden == 0 && view.images > 20, "\(view)")
    }
    #expect(shown.views[0].paper == shown.views[2].paper && shown.views[1].paper != shown.views[0].paper)
    #expect(try bytes(pipeline.directory("page.html")).count < 5_000_000)
  }
}
