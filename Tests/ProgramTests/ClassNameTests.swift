import Foundation
import Storage
import TestSupport
import Testing

/// Two sets, or a set and a model, whose classes have names: they are matched by name, or refused.
@Suite struct ClassNameTests {
  private struct Report: Decodable {
    let errors: Int
    let labelNames: [String]
  }

  private let pipeline: SmallPipeline

  /// `shards` with the classes a to d and a teacher of these, `judge` other images of these classes, and `moved`, the same
  /// as `judge` with the names in another order, so that label k of one is label 3 - k of the other.
  init() throws {
    pipeline = try SmallPipeline()
    try AtomicFile.write(Array("a\nb\nc\nd\n".utf8), to: pipeline.directory("names"))
    try AtomicFile.write(Array("d\nc\nb\na\n".utf8), to: pipeline.directory("moved-names"))
    try AtomicFile.write(Array("a\nb\nc\ne\n".utf8), to: pipeline.directory("other-names"))
    let images = SyntheticImages(count: 200, seed: 7)
    try images.write(to: pipeline.directory.path, prefix: "judge")
    let labels = images.idx.labels.prefix(8) + images.labels.map { 3 - $0 }
    try AtomicFile.write(Array(labels), to: pipeline.directory("moved-labels"))
    for command in [
      "dk-ingest train-images train-labels --validation 60 --label-names names --output shards",
      "dk-ingest judge-images judge-labels --label-names names --output judge",
      "dk-ingest judge-images moved-labels --label-names moved-names --output moved",
      "dk-ingest train-images train-labels --validation 60 --label-names other-names --output other",
      "dk-teach shards/train --hidden 24 --epochs 3 --batch-size 16 --output teacher",
    ] { try pipeline.succeed(command) }
  }

  private func evaluate(_ images: String) throws -> Report {
    let result = try pipeline.succeed("dk-evaluate teacher --images \(images) --json --quiet")
    return try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
  }

  @Test func `Another order of the names changes no error`() throws {
    let (own, moved) = (try evaluate("judge/train"), try evaluate("moved/train"))
    #expect(own.errors == moved.errors && own.errors < 100)
    #expect(own.labelNames == ["a", "b", "c", "d"] && moved.labelNames == own.labelNames)
    let train = "dk-distill shards/train --hidden 8 --epochs 2 --validation"
    try pipeline.succeed("\(train) judge/train --output one")
    try pipeline.succeed("\(train) moved/train --output two")
    func errors(_ name: String) throws -> [String] {
      let log = String(decoding: try bytes(pipeline.directory("\(name)/log.jsonl")), as: UTF8.self)
      return log.split(separator: "\n").compactMap {
        $0.split(separator: ",").first { $0.contains("Errors") }
      }
      .map(String.init)
    }
    #expect(try errors("one") == errors("two") && errors("one").count == 2)
    let neighbors = try ["judge", "moved"].map {
      try pipeline.succeed("dk-neighbors --images \($0)/train --among shards/train").standardOutput
    }
    #expect(neighbors[0] == neighbors[1])
  }

  @Test(arguments: [
    "dk-evaluate teacher --images other/validation",
    "dk-neighbors --images other/validation --among shards/train",
    "dk-neighbors teacher --images other/validation --among other/train",
    "dk-distill shards/train --validation other/validation --output o",
    "dk-distill other/train --init teacher --epochs 1 --output o",
    "dk-soften teacher --images other/train --output o",
    "dk-specialize teacher --images other/train --sets 0,1 --output o",
    "dk-calibrate teacher --images other/validation --prior labels --output o",
    // An order of their own would be another column of the soft targets, and another output of the net.
    "dk-soften teacher --images moved/train --output o",
    "dk-distill moved/train --init teacher --epochs 1 --output o",
  ])
  func `Names that cannot be matched are refused, and the first one is told`(command: String) throws {
    let result = try pipeline.run(command)
    #expect(result.status == 65 && FileSystem.kind(pipeline.directory("o")) == nil)
    let name = command.contains("moved") ? "'d'" : "'e'"
    #expect(
      result.lastErrorLine.contains(name) || result.lastErrorLine.contains("'d'"), "\(result.lastErrorLine)")
  }

  @Test func `Soft targets keep the names, and images whose classes were renamed do not fit them`() throws {
    try pipeline.succeed("dk-soften teacher --images shards/train --temperatures 2 --output soft")
    // The shards stay as they are.
    try pipeline.succeed(
      "dk-ingest train-images train-labels --validation 60 --label-names moved-names --output shards")
    let result = try pipeline.run(
      "dk-distill shards/train --soft-targets soft/temperature=2 --hidden 8 --epochs 1 --output o")
    #expect(result.status == 65 && result.lastErrorLine.contains("class 0"), "\(result.standardError)")
  }

  @Test func `A specialist of named classes tells their names`() throws {
    try pipeline.succeed("dk-specialize teacher --images shards/train --sets 1,3 --output sets")
    try pipeline.succeed(
      "dk-teach shards/train --specialist sets#0 --init teacher --epochs 1 --output special")
    let evaluated = try pipeline.succeed("dk-evaluate special --images moved/train --json --quiet")
      .standardOutput
    let report = try JSONDecoder().decode(Report.self, from: Data(evaluated.utf8))
    #expect(report.labelNames == ["b", "d", "others"])
    let predicted = try pipeline.succeed("dk-predict special train-images --rows 0 --json").standardOutput
    #expect(predicted.contains(#""labelNames":["b","d","others"]"#))
  }
}
