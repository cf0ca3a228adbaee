import Foundation
import Storage
import TestSupport
import Testing

/// `pipelines/slurm/submit.sh`, as a user runs it.
@Suite struct SubmitTests {
  private let slurm: FakeSlurm
  private var space: GraphSpace { slurm.space }

  init() throws { slurm = try FakeSlurm() }

  @Test func `Tasks run whatever the place of the results is called`() throws {
    let place = space.pipeline.directory("it's $(touch bad) \"%a\" `touch bad`")
    let result = try slurm.submit(
      ["main"],
      ["DK_OUTPUT": place, "PARTS": "2", "RUN": "1", "WARNING": "sbatch: warning: 3 hours are left"])
    try #require(result.status == 0, "\(result.standardError)")
    #expect(FileSystem.kind("\(place)/seed=0/student/manifest.json") == .file)
    #expect(FileSystem.kind(reference("../../bad")) == nil)
    #expect(try slurm.submitted().map(\.after.count) == [0, 1, 1, 1, 1, 1, 3])
  }

  @Test(arguments: [
    (["REFUSED": "teach"], ["ingest"]), (["REFUSED": "ingest"], []), (["SILENT": "1"], ["ingest"]),
  ])
  func `Nothing is submitted behind an array that was not`(settings: [String: String], names: [String]) throws
  {
    let result = try slurm.submit(
      ["main"], settings.merging(["DK_OUTPUT": space.pipeline.directory("out")]) { $1 })
    #expect(result.status == 69)
    #expect(try slurm.submitted().map(\.name) == names)
    if settings["REFUSED"] == "teach" {
      #expect(
        result.lastErrorLine.contains("ingest were submitted") && result.lastErrorLine.contains("scancel 101")
      )
    }
  }

  @Test(arguments: [
    (["main"], ["SEEDS": ","], "SEEDS"), (["main"], ["SEEDS": "0,x"], "SEEDS"),
    (["paper"], ["SEEDS": " "], "SEEDS"),
    (["specialists"], ["SETS": "letters"], "SETS"), (["main"], ["PARTS": "0"], "parts"),
    (["main"], ["TASKS": "x"], "TASKS"), (["main"], ["DK_OUTPUT": "/tmp/a\nb"], "output"),
    (["main"], ["DK_OUTPUT": "/tmp/a\\b"], "DK_OUTPUT"), ([], [:], "usage"), (["all"], [:], "usage"),
  ])
  func `Settings of which no graph can be made are refused`(
    words: [String], settings: [String: String], message: String
  ) throws {
    let result = try slurm.submit(
      words, ["DK_OUTPUT": space.pipeline.directory("out")].merging(settings) { $1 })
    #expect(result.status == 64 && result.lastErrorLine.contains(message), "\(result)")
    #expect(try slurm.submitted().isEmpty)
  }

  @Test(arguments: [["--help"], ["main", "--help"]]) func `Help submits nothing`(_ words: [String]) throws {
    let result = try slurm.submit(words)
    #expect(
      result.status == 0 && result.standardOutput.contains("submit.sh main") && result.standardError.isEmpty)
    #expect(try slurm.submitted().isEmpty)
    let jobs = try space.run("\(reference("../../pipelines/graph/jobs.py")) --help")
    #expect(jobs.standardOutput.contains("jobs.py main|paper|specialists OUTPUT"))
  }
}
