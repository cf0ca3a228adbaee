import Foundation
import TestSupport
import Testing

/// What a terminal is sent.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct TerminalTests {
  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 2) }

  private func shown(_ command: String, columns: Int, environment: [String: String] = [:]) throws -> String {
    let result = try pipeline.run(
      "\(python ?? "") \(reference("run_in_terminal.py")) \(columns) \(Program.directory)/\(command)",
      environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 })
    return result.standardOutput
  }

  @Test func `A bar fits any width and leaves nothing behind`() throws {
    for columns in [20, 40, 80, 200] {
      let teach = SmallPipeline.commands[2].replacing("teacher", with: "teacher\(columns)")
      let text = try shown(teach + " --threads 1", columns: columns)
      // Each bar takes the place of the last one, on a line of its own that does not wrap.
      let bars = text.split(separator: "\r\u{1B}[2K").flatMap { $0.split(separator: "\r\n") }
        .filter { $0.contains("epoch") && !$0.hasPrefix("dk-teach: ") }
      #expect(bars.allSatisfy { $0.count < columns }, "\(bars.first { $0.count >= columns } ?? "")")
      #expect(text.contains("dk-teach: done"), "\(text)")
    }
  }

  @Test func `Errors stand out, and do not where colours are not wanted`() throws {
    let command = "dk-evaluate none --images shards/validation"
    #expect(try shown(command, columns: 80).contains("\u{1B}[31merror:\u{1B}[0m none"))
    for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
      let text = try shown(command, columns: 80, environment: environment)
      #expect(text.contains("dk-evaluate: error: none") && !text.contains("\u{1B}["), "\(text)")
    }
    #expect(!(try pipeline.run(command).standardError.contains("\u{1B}")))
  }

  @Test(.enabled(if: isInstalled("tmux"), "needs tmux; pipelines/test.sh installs it"))
  func `No line is broken on a screen of 40, 80 or 120 columns`() throws {
    for columns in [40, 80, 120] {
      let command = SmallPipeline.commands[2].replacing("teacher", with: "screen\(columns)")
        .replacing("--epochs 6", with: "--epochs 60")
      let result = try pipeline.run(
        "\(python ?? "") \(reference("show_in_tmux.py")) \(columns) \(Program.directory)/\(command) --threads 1"
      )
      try #require(result.status == 0, "\(result.standardError)")
      let screens = try JSONDecoder().decode([String].self, from: Data(result.standardOutput.utf8))
      #expect(screens.last?.contains("end of 0") == true, "\(screens.last ?? "")")
      // Before the table, each line is a note or the one bar, last of all; a bar that wraps would leave its rest.
      let under = screens.dropLast().filter { !$0.isEmpty }
      #expect(under.count > 1)
      for screen in under {
        let lines = screen.split(separator: "\n").prefix { !$0.hasPrefix("model ") }
        let bars = lines.indices.filter { lines[$0].contains("images/s") || lines[$0].contains("[") }
        #expect(bars.count <= 1 && (bars.first ?? lines.count - 1) == lines.count - 1, "\(screen)")
      }
    }
  }
}
