import Datasets
import Foundation
import Programs
import Stage
import Storage
import TestSupport
import Testing

@Suite struct ResultFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func open(_ files: [(option: String, path: String?)], inputs: [String] = []) throws -> [OutputFile?]
  {
    try ResultFile.open(files, inputs: inputs)
  }

  @Test func `Only files that are asked for are opened`() throws {
    let files = try open([("--output", nil), ("--picture", directory("p"))])
    #expect(files[0] == nil && files[1]?.path == directory("p"))
    try ResultFile.finish(files[0], ["never": "written"])
    #expect(FileSystem.kind(directory("p")) == nil)
  }

  @Test func `A result is JSON over several lines with sorted keys`() throws {
    let file = try open([("--output", directory("r.json"))])[0]
    try ResultFile.finish(file, ["b": [1, 2], "a": [0.5]])
    let text = String(decoding: try bytes(directory("r.json")), as: UTF8.self)
    #expect(text.hasPrefix("{\n") && text.hasSuffix("}\n"))
    let positions = ["\"a\"", "\"b\""].compactMap { text.range(of: $0)?.lowerBound }
    #expect(positions.count == 2 && positions[0] < positions[1])
  }

  @Test func `An input is never written over, however it is spelled`() throws {
    let path = directory("in.json")
    try AtomicFile.write([1], to: path)
    let other = directory.path + "/./in.json"
    #expect(throws: StageError.overlap(output: other, input: path)) {
      try open([("--output", other)], inputs: [path])
    }
    #expect(try bytes(path) == [1])
  }

  @Test func `Two results are two files`() throws {
    let (path, same) = (directory("r"), directory.path + "/../" + FileSystem.name(directory.path) + "/r")
    #expect(
      throws: OptionError.wrongValue(
        option: "--picture", expected: "another file than that of --output", found: "'\(same)'")
    ) { try open([("--output", path), ("--picture", same)]) }
  }

  @Test func `A file of a finished directory is not written over`() throws {
    try AtomicFile.write([], to: directory("manifest.json"))
    #expect(throws: StageError.self) { try open([("--output", directory("shard"))]) }
  }

  @Test func `Predictions are written shard by shard under one heading`() throws {
    let files = try EvaluationFiles(
      report: directory("r.json"), predictions: directory("p.csv"), inputs: [], classes: 2)
    let source = Digest(of: [9])
    for index in 0..<2 as Range<UInt32> {
      let shard = ImageShard(
        Features(pixels: [0], width: 1), labels: [1], origins: RowOrigins(source: source, indices: [index]))
      try files.append(shard, [log(0.25), log(0.75)])
    }
    try files.finish(["errors": 0])
    #expect(
      String(decoding: try bytes(directory("p.csv")), as: UTF8.self) == """
        index,variant,source,label,prediction,p0,p1
        0,0,\(source.short),1,1,0.25,0.75
        1,0,\(source.short),1,1,0.25,0.75

        """)
    #expect(try bytes(directory("r.json")).contains(UInt8(ascii: "0")))
  }
}
