import Foundation
import Storage
import TestSupport
import Testing

/// Models as ONNX, checked by `onnx` and run by onnxruntime.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct ExportTests {
  private struct Said: Decodable {
    let input, outputs: [String]
    let type: String
    let opset: [Int]
    let metadata: [String: String]
    let logits, probabilities: [[Double]]
    let batchesAgree: Bool
  }

  private struct Predictions: Decodable {
    struct Row: Decodable {
      let label: String
      let prediction: Int
      let probabilities: [Double]
    }
    let labelNames: [String]
    let predictions: [Row]
  }

  private static let mnist = ProcessInfo.processInfo.environment["DK_MNIST_DIR"]

  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func run(_ command: String) throws -> Program.Result {
    let result = try Program.run(command, in: directory.path)
    guard result.status == 0 else { throw PipelineFailed(command: command, line: result.standardError) }
    return result
  }

  /// Noise of three classes, so that a net has something to say of each.
  private func write(_ name: String, shape: [Int]) throws {
    var state: UInt64 = 5
    let pixels = (0..<shape.reduce(1, *)).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("images", pixels, shape: shape)
    writer.add("labels", (0..<shape[0]).map { UInt8($0 % 3) }, shape: [shape[0]])
    try AtomicFile.write(try writer.bytes(), to: directory("\(name).safetensors"))
  }

  private func said(_ model: String, _ images: String) throws -> Said {
    let result = try run("\(python ?? "") \(reference("run_onnx.py")) \(model) \(images)")
    return try JSONDecoder().decode(Said.self, from: Data(result.standardOutput.utf8))
  }

  private func predicted(_ model: String, _ images: String, _ options: String = "") throws -> Predictions {
    let result = try run("dk-predict \(model) \(images) --json \(options)")
    return try JSONDecoder().decode(Predictions.self, from: Data(result.standardOutput.utf8))
  }

  private func expectSame(
    _ said: Said, _ predictions: Predictions, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(said.probabilities.count == predictions.predictions.count, sourceLocation: sourceLocation)
    let distances = zip(said.probabilities, predictions.predictions).map { theirs, ours in
      zip(theirs, ours.probabilities).map { abs($0 - $1) }.max() ?? 1
    }
    #expect(distances.max() ?? 1 < 1e-5, sourceLocation: sourceLocation)
  }

  @Test func `Another program says the same of grey images`() throws {
    try write("grey", shape: [60, 5, 6])
    try AtomicFile.write(Array("one\ntwo, or \"2\"\nthree\n".utf8), to: directory("names"))
    _ = try run("dk-ingest grey.safetensors --label-names names --output shards")
    _ = try run("dk-teach shards/train --hidden 20,12 --epochs 12 --batch-size 8 --output teacher")
    for (options, extents, type) in [
      ("", ["N", "5", "6"], "tensor(uint8)"), ("--pixels float32", ["N", "5", "6"], "tensor(float)"),
      ("--channels first", ["N", "1", "5", "6"], "tensor(uint8)"),
    ] {
      _ = try run("dk-export teacher --temperature 2.5 --output teacher.onnx \(options)")
      let said = try said("teacher.onnx", "grey.safetensors")
      #expect(said.input == extents && said.type == type && said.opset == [17])
      #expect(said.outputs == ["logits", "probabilities"] && said.batchesAgree)
      let predictions = try predicted("teacher", "grey.safetensors", "--temperature 2.5")
      expectSame(said, predictions)
      #expect(predictions.labelNames == ["one", "two, or \"2\"", "three"])
      #expect(said.metadata["classes"] == "3" && said.metadata["model_sha256"]?.count == 64)
    }
    // Without a temperature logits alone; the same bytes each time.
    _ = try run("dk-export teacher --output plain.onnx")
    _ = try run("dk-export teacher/model.safetensors --output again.onnx")
    #expect(try said("plain.onnx", "grey.safetensors").outputs == ["logits"])
    #expect(try bytes(directory("plain.onnx")) == bytes(directory("again.onnx")))
  }

  @Test func `Another program says the same of colour images and of a specialist`() throws {
    try write("colour", shape: [60, 6, 5, 3])
    _ = try run("dk-ingest colour.safetensors --output shards")
    _ = try run("dk-teach shards/train --hidden 16 --epochs 8 --batch-size 8 --output teacher")
    for (channels, extents) in [("last", ["N", "6", "5", "3"]), ("first", ["N", "3", "6", "5"])] {
      _ = try run("dk-export teacher --temperature 1 --channels \(channels) --output c.onnx")
      let said = try said("c.onnx", "colour.safetensors")
      #expect(said.input == extents)
      expectSame(said, try predicted("teacher", "colour.safetensors"))
    }
    _ = try run("dk-specialize teacher --images shards/train --sets 0,2 --output sets")
    _ = try run("dk-teach shards/train --specialist sets#0 --init teacher --epochs 2 --output specialist")
    _ = try run("dk-export specialist --temperature 1 --output s.onnx")
    let predictions = try predicted("specialist", "colour.safetensors")
    #expect(predictions.labelNames == ["0", "2", "others"])
    expectSame(try said("s.onnx", "colour.safetensors"), predictions)
  }

  @Test func `A model of another framework has no shape and one row of pixels`() throws {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("layers.0.weight", (0..<90).map { Float($0 % 7) - 3 }, shape: [3, 30])
    writer.add("layers.0.bias", [0.5, -1, 2] as [Float], shape: [3])
    try AtomicFile.write(try writer.bytes(), to: directory("theirs.safetensors"))
    try write("grey", shape: [7, 5, 6])
    _ = try run("dk-export theirs.safetensors --temperature 1 --output t.onnx")
    let said = try said("t.onnx", "grey.safetensors")
    #expect(said.input == ["N", "30"])
    expectSame(said, try predicted("theirs.safetensors", "grey.safetensors"))
  }

  @Test(.enabled(if: mnist != nil, "needs DK_MNIST_DIR; pipelines/test.sh sets it"))
  func `Another program says the same of all test digits`() throws {
    let place = Self.mnist ?? ""
    _ = try run("dk-ingest \(place)/train-images-idx3-ubyte \(place)/train-labels-idx1-ubyte --output shards")
    _ = try run("dk-distill shards/train --hidden 200,200 --epochs 1 --output net")
    _ = try run("dk-export net --temperature 1 --output net.onnx")
    let images = "\(place)/t10k-images-idx3-ubyte"
    let said = try said("net.onnx", images)
    #expect(said.probabilities.count == 10_000 && said.input == ["N", "28", "28"])
    expectSame(said, try predicted("net", images))
  }

  @Test func `What cannot be exported is one line and leaves the old file`() throws {
    try AtomicFile.write([1, 2, 3], to: directory("old.onnx"))
    try write("grey", shape: [7, 5, 6])
    for (words, status) in [
      ("grey.safetensors --output old.onnx", 65), ("no --output old.onnx", 66),
      ("grey.safetensors --temperature 0 --output old.onnx", 64),
    ] {
      let result = try Program.run("dk-export \(words)", in: directory.path)
      #expect(
        result.status == Int32(status) && result.standardError.split(separator: "\n").count == 1,
        "\(result.standardError)")
    }
    #expect(try bytes(directory("old.onnx")) == [1, 2, 3])
  }
}
