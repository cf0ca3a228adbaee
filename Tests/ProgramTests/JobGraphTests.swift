import Foundation
import Storage
import TestSupport
import Testing

/// The description of the jobs, `pipelines/graph/jobs.py`, beside the recipes and the programs that read it.
@Suite struct JobGraphTests {
  private static let script = reference("../../pipelines/graph/jobs.py")

  /// A job as Snakemake plans it.
  private struct Planned {
    var inputs: [String] = []
    var output = ""
    var command = ""
  }

  private let slurm: FakeSlurm
  private var space: GraphSpace { slurm.space }

  init() throws { slurm = try FakeSlurm() }

  /// The jobs that a dry run of Snakemake shows.
  private func planned(_ text: String) -> [Planned] {
    var found: [Planned] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: ": ", maxSplits: 1).map(String.init)
      if line.hasPrefix("rule ") || line.hasPrefix("localrule ") {
        found.append(Planned())
      } else if let last = found.indices.last, words.count == 2 {
        switch words[0] {
        case "    input": found[last].inputs = words[1].components(separatedBy: ", ")
        case "    output": found[last].output = words[1]
        case "Shell command": found[last].command = words[1]
        default: break
        }
      }
    }
    return found.filter { !$0.output.isEmpty }
  }

  private func commands(_ graph: String, _ settings: [String: String] = [:]) throws -> [String] {
    try space.run("\(Self.script) \(graph) out", settings).standardOutput.split(separator: "\n")
      .map { String($0.split(separator: "\t")[2]) }
  }

  /// What follows `start` up to `end`, at each place of a text.
  private func parts(of text: String, from start: String, to end: Character) -> [String] {
    text.components(separatedBy: start).dropFirst().map { String($0.prefix { $0 != end }) }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: reference("../../pipelines/\(name)"), encoding: .utf8)
  }

  @Test func `Every stage, experiment and step of the recipes is a job`() throws {
    let stages = parts(of: try text("run.sh"), from: "\nif stage ", to: " ").dropFirst()
    #expect(stages.count == 6)
    let main = try commands("main", ["SEEDS": "3,5", "PARTS": "1"])
    for seed in ["3", "5"] {
      let own = main.filter { $0.contains("SEED=\(seed) ") }
      let found = own.flatMap { parts(of: $0, from: " STAGE=", to: " ") }
      // Soft targets are made by a part, and joined.
      #expect(found.sorted() == (stages + ["3"]).sorted())
      #expect(found == own.flatMap { parts(of: $0, from: " LAST=", to: " ") })
    }

    let experiments = try #require(
      parts(of: text("hinton2015.sh"), from: "for experiment in ", to: ";").first
    )
    .split(separator: " ").map(String.init)
    let scripts = try commands("paper").flatMap { parts(of: $0, from: " pipelines/paper/", to: ".") }
    // It trains no net, and is made of those of others by the last job, hinton2015.sh.
    #expect(experiments.count >= 12 && Set(experiments).subtracting(scripts) == ["similarity"])
    #expect(Set(scripts).subtracting(experiments) == ["shared"])

    let steps = try #require(
      parts(of: text("experiments/specialists.sh"), from: "\"${STEPS:=", to: "}").first?.split(separator: " ")
    )
    let found = try commands("specialists").flatMap { parts(of: $0, from: " STEPS=", to: " ") }
    // The last job of a set runs all steps, which return at once, and makes the table and the record.
    #expect(steps.count >= 7 && Set(steps.map(String.init)).subtracting(found) == ["make_table"])
    #expect(Set(found).isSubset(of: steps.map(String.init)))
  }

  @Test(
    .enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"),
    arguments: ["main", "paper", "specialists"])
  func `Snakemake and the arrays of Slurm have the same jobs in the same order`(_ graph: String) throws {
    let place = space.pipeline.directory("it's $(touch bad) %a")
    let settings = [
      "FORM": "quick", "SEEDS": graph == "specialists" ? "0" : "0-1", "SETS": "mnist", "PARTS": "2",
    ]
    let result = try slurm.submit([graph, "--partition=cpu"], settings.merging(["DK_OUTPUT": place]) { $1 })
    try #require(result.status == 0, "\(result.standardError)")
    let arrays = try slurm.submitted()

    func output(_ name: String) -> String { "\"output\":\"\(name == graph ? place : place + name)\"" }
    let plan = try space.snakemake(
      graph == "main" ? "all" : graph, ["--dry-run", "--printshellcmds"],
      config: [
        "output=\(graph == "main" ? place : place + "main")", "parts=2", "seeds=[0,1]",
        "paper={\(output("paper")),\"settings\":{}}",
        "specialists={\(output("specialists")),\"sets\":[\"mnist\"],\"settings\":{}}",
      ], environment: settings)
    try #require(plan.status == 0, "\(plan.standardError)\(plan.standardOutput)")
    let all = planned(plan.standardOutput + plan.standardError)
    let jobs = all.filter { !$0.output.hasSuffix("/fetch") }
    #expect(all.count == jobs.count + 1)
    #expect(jobs.map(\.command).sorted() == arrays.flatMap(\.commands).sorted() && jobs.count > 10)

    // A job's inputs come from arrays that its own waits for, at once or by way of others, and no array waits for
    // another without need.
    let behind = arrays.reduce(into: [String: Set<String>]()) { found, array in
      found[array.name] = array.after.reduce(into: Set(array.after)) { $0.formUnion(found[$1] ?? []) }
    }
    let array = Dictionary(
      uniqueKeysWithValues: arrays.flatMap { array in array.commands.map { ($0, array.name) } })
    let maker = Dictionary(uniqueKeysWithValues: jobs.map { ($0.output, array[$0.command] ?? "") })
    var needed: [String: Set<String>] = [:]
    for job in jobs {
      let others = Set(job.inputs.compactMap { maker[$0] })
      let own = try #require(maker[job.output])
      #expect(others.isSubset(of: behind[own] ?? []), "\(job.output)")
      needed[own, default: []].formUnion(others)
    }
    for array in arrays { #expect(Set(array.after) == needed[array.name] ?? [], "\(array.name)") }
  }

  @Test func `A job waits for all that its script makes for itself where it is missing`() throws {
    let makers = [
      "make_data": "data", "make_split": "data", "make_baselines": "baseline", "make_teachers": "teacher",
      "make_soft_targets": "soft", "make_ensemble_targets": "ensemble", "make_jittered_targets": "jittered",
    ]
    let paper = try behind("paper")
    var found = 0
    for array in paper.keys where !["tables", "fetch"].contains(array) {
      let script = array == "ensemble-student" ? "ensemble" : array
      guard let words = try? text("paper/\(script).sh"), array != "ensemble" else { continue }
      for (call, maker) in makers where words.contains("\n\(call)") && maker != array {
        #expect(paper[array]?.contains(maker) == true, "\(array): \(maker)")
        found += 1
      }
    }
    #expect(found >= 10)
    #expect(paper["tables"] == Set(paper.keys).subtracting(["tables", "fetch"]))

    let steps = ["images", "generalist", "sets", "specialist", "joint", "student", "table"]
    let specialists = try behind("specialists")
    for (index, step) in steps.enumerated() {
      #expect(specialists[step] == Set(steps.prefix(index)), "\(step)")
    }
  }

  /// Of each array all that it waits for, at once or by way of others.
  private func behind(_ graph: String) throws -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for line in try space.run("\(Self.script) \(graph) out").standardOutput.split(separator: "\n") {
      let fields = line.split(separator: "\t")
      let others = ["-", "here"].contains(fields[1]) ? [] : fields[1].split(separator: ",").map(String.init)
      for other in others {
        try #require(found[other] != nil, "\(fields[0]) waits for \(other), which comes later")
      }
      found[String(fields[0])] = others.reduce(into: Set(others)) { $0.formUnion(found[$1] ?? []) }
    }
    return found
  }

  @Test(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
  func `A job of which a result is missing is done again, and no other`() throws {
    let place = space.pipeline.directory("graph")
    func graph() throws -> String {
      let result = try space.snakemake("all", config: ["output=\(place)", "parts=2"])
      try #require(result.status == 0, "\(result.standardError)")
      return result.standardOutput + result.standardError
    }
    _ = try graph()
    let whole = try digests(place + "/seed=0")
    #expect(try graph().contains("Nothing to be done"))
    for lost in ["student", "soft/temperature=20/shard-00000.safetensors.zst", "evaluation/teacher.json"] {
      try #require(FileSystem.kind("\(place)/seed=0/\(lost)") != nil)
      try FileSystem.remove("\(place)/seed=0/\(lost)")
      let words = try graph()
      #expect(words.contains("/seed=0/\(lost)") && !words.contains("rule main_teach:"), "\(words)")
      #expect(try digests(place + "/seed=0").keys.sorted() == whole.keys.sorted())
      for name in whole.keys where name.hasPrefix("student/") || name.hasPrefix("soft/") {
        #expect(try digests(place + "/seed=0")[name] == whole[name])
      }
    }
    #expect(try graph().contains("Nothing to be done"))
  }
}
