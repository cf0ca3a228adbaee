import Foundation
import Storage
import TestSupport
import Testing

/// What teachers say in the forms that people have, written by the packages that they write them with
/// (`Tests/Reference/write_logits.py`), gives the same soft targets.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct TeacherFormTests {
  private let directory: TemporaryDirectory

  /// With 40 images in two shards, in the order of their source.
  init() throws {
    directory = try TemporaryDirectory()
    try SyntheticImages(count: 40).write(to: directory.path)
    for command in [
      "\(python ?? "") \(reference("write_logits.py")) \(directory.path)",
      "dk-ingest train-images train-labels --order source --shard-size 25 --output shards",
    ] {
      let result = try Program.run(command, in: directory.path)
      guard result.status == 0 else {
        throw PipelineFailed(command: command, line: result.standardError)
      }
    }
  }

  private func soften(_ logits: String) throws -> Program.Result {
    try FileSystem.remove(directory("soft"))
    return try Program.run(
      "dk-soften --images shards/train --temperatures 1 --output soft --logits \(logits)", in: directory.path)
  }

  /// Class probabilities, [40, 4].
  private func probabilities(_ logits: String) throws -> [Float] {
    let result = try soften(logits)
    guard result.status == 0 else { throw PipelineFailed(command: logits, line: result.lastErrorLine) }
    return try (0..<2).flatMap { shard in
      let path = directory("soft/temperature=1/shard-0000\(shard).safetensors.zst")
      let content = try Safetensors(try ZstdFrame.decompress(bytes(path), path: path), path: path)
      return try content.floats("soft_targets", shape: [nil, 4])
    }
  }

  private var expected: [Float] {
    get throws { TensorType.f32.floats(try bytes(directory("expected.raw"))) }
  }

  @Test func `Every form of a file gives the same soft targets`() throws {
    for name in [
      "in-order", "shuffled", "half", "double", "log", "probable", "torch", "torch-log", "two", "top-4",
      "top-3",
      "top-3-tail", "top-3-log",
    ] {
      let found = try probabilities(name + ".safetensors")
      for (one, other) in zip(found, try expected) { #expect(abs(one - other) < 2e-6, "\(name)") }
      #expect(found.count == 160)
      #expect(try Program.run("dk-inspect --recompute 20 soft/temperature=1", in: directory.path).status == 0)
    }
  }

  @Test func `Several files are one table`() throws {
    for words in ["part-0.safetensors part-1.safetensors part-2.safetensors", "parts"] {
      for (one, other) in zip(try probabilities(words), try expected) {
        #expect(abs(one - other) < 2e-6, "\(words)")
      }
      #expect(try Program.run("dk-inspect --recompute 20 soft/logits", in: directory.path).status == 0)
      #expect(try Program.run("dk-inspect --verify soft/temperature=1", in: directory.path).status == 0)
    }
  }

  @Test func `A masked class has nothing and the others share what it had`() throws {
    let (found, all) = (try probabilities("masked.safetensors"), try expected)
    for row in 0..<40 {
      let rest = 1 - all[row * 4 + 2]
      for label in 0..<4 {
        let right = label == 2 ? 0 : all[row * 4 + label] / rest
        #expect(abs(found[row * 4 + label] - right) < 1e-5)
      }
    }
  }

  @Test func `What is not taken is one line that says why`() throws {
    for (words, text) in [
      ("bad-count.safetensors", "40 rows"), ("bad-both.safetensors", "one tensor"),
      ("bad-none.safetensors", "one tensor"), ("bad-sum.safetensors", "sum to 1"),
      ("bad-top.safetensors", "beside `classes`"), ("bad-twice.safetensors", "in row 7 different classes"),
      ("bad-nan.safetensors", "row 3"), ("shuffled.safetensors overlap.safetensors", "both of"),
      ("part-0.safetensors part-1.safetensors", "no logits for"), ("shards", "safetensors file"),
      ("part-0.safetensors two.safetensors", "1 teachers of 4 classes"), ("train-images", "an IDX file"),
    ] as [(String, String)] {
      let result = try soften(words)
      #expect(
        result.status == 65 && result.lastErrorLine.contains(text), "\(result.status) \(result.standardError)"
      )
    }
  }

  @Test func `Without indices rows are of no shifted image`() throws {
    let result = try Program.shell(
      "dk-ingest train-images train-labels --jitter 1 --copies 2 --output jittered && "
        + "dk-soften --images jittered/train --output soft --logits in-order.safetensors", in: directory.path)
    #expect(result.status == 65 && result.lastErrorLine.contains("indices"), "\(result.standardError)")
  }
}
