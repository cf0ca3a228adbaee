import Foundation
import Storage
import TestSupport
import Testing

/// `pipelines/sweep.sh`, as a user runs it.
@Suite struct SweepTests {
  private static let script = reference("../../pipelines/sweep.sh")

  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 4) }

  private func sweep(_ options: String) throws -> Program.Result {
    try pipeline.shell("DK_BIN='\(Program.directory)' '\(Self.script)' \(options)", within: 120)
  }

  private static let students =
    "--output sweep --seeds 0,2 --each hidden=8:12,8 --each temperature=1:20"
    + " --evaluate validation=shards/validation --evaluate train=shards/train,soft/temperature={temperature}"
  private static let command =
    "-- dk-distill shards/train --soft-targets soft/temperature={temperature} --epochs 2 --batch-size 16"

  @Test func `Every combination and seed is a net of its own and made once`() throws {
    let first = try sweep("\(Self.students) \(Self.command)")
    try #require(first.status == 0, "\(first.standardError)")
    let lines = first.standardOutput.split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && lines[0].hasPrefix("hidden  temperature  seeds  validation errors"))
    #expect(lines[1].contains("±") && lines[1].contains(" of 60 ") && lines[1].contains("%"))
    let net = "sweep/hidden=12,8/temperature=20/seed=2"
    let manifest = String(decoding: try bytes(pipeline.directory(net + "/manifest.json")), as: UTF8.self)
    #expect(manifest.contains("\"hidden\":[12,8]") && manifest.contains("\"seed\":2"))
    let before = try digests(pipeline.directory("sweep"))
    // One seed more: the others, and their evaluations, stay as they are.
    let second = try sweep("\(Self.students) --seeds 0-2 --csv \(Self.command)")
    try #require(second.status == 0, "\(second.standardError)")
    let rows = second.standardOutput.split(separator: "\n").map(String.init)
    #expect(rows[0] == "hidden,temperature,seed,set,errors,examples,nll,ece,agreement,kl,model")
    #expect(rows.count == 1 + 4 * 3 * 2)
    let after = try digests(pipeline.directory("sweep"))
    for (name, digest) in before { #expect(after[name] == digest, "\(name)") }
    #expect(after.count > before.count)
  }

  @Test func `Nets that are not evaluated have a line with their digest`() throws {
    let result = try sweep("--output sweep --seeds 0,1 --csv -- dk-teach shards/train --hidden 8 --epochs 1")
    try #require(result.status == 0, "\(result.standardError)")
    let lines = result.standardOutput.split(separator: "\n").map(String.init)
    let models = try (0...1).map { seed in
      let manifest = pipeline.directory("sweep/seed=\(seed)/manifest.json")
      return "\(seed),\(try Digest(ofFile: manifest))"
    }
    #expect(lines == ["seed,model"] + models)
  }

  @Test func `An evaluation of another model is not taken`() throws {
    let options =
      "--output sweep --evaluate validation=shards/validation --csv -- dk-teach shards/train --hidden 8"
    func model(_ epochs: Int, force: String) throws -> Substring? {
      let result = try sweep("\(options) --epochs \(epochs) \(force)")
      try #require(result.status == 0, "\(result.standardError)")
      return result.standardOutput.split(separator: "\n").last?.split(separator: ",").last
    }
    let (first, second) = try (model(1, force: ""), model(2, force: "--force"))
    #expect(first != nil && first != second)
  }

  @Test(arguments: [
    ("--output x", 64, "expected '-- PROGRAM ARGUMENTS'"),
    ("-- dk-teach shards/train", 64, "--output"), ("--output x --sets a=b -- dk-teach", 64, "--sets"),
    ("--output x --seeds a -- dk-teach shards/train", 64, "--seeds"),
    ("--output x --each hidden -- dk-teach shards/train", 64, "--each"),
    ("--output x --each init=a/b -- dk-teach shards/train", 64, "a/b"),
    ("--output x -- dk-nothing shards/train", 66, "dk-nothing: no such program"),
    ("--output x --each epochs=0 -- dk-teach shards/train", 64, "--epochs: expected"),
    ("--output x --evaluate test=none -- dk-teach shards/train --epochs 1 --hidden 4", 66, "none"),
  ])
  func `What cannot be done is one line`(options: String, status: Int32, text: String) throws {
    let result = try sweep(options)
    #expect(result.status == status && result.lastErrorLine.contains(text), "\(result.standardError)")
    #expect(result.lastErrorLine.hasPrefix("sweep: error: "))
    #expect(result.standardOutput.isEmpty)
  }
}
