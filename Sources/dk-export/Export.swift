import ArgumentParser
import Datasets
import Interchange
import Networks
import Programs
import Stage
import Storage

/// A model → the same net as an ONNX file.
@main
struct Export: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-export",
    abstract: "Write a model as ONNX, for other programs to run.",
    discussion: """
      The graph takes pixels as image files have them, 0 to 255, any number of images at once, and scales them \
      itself. It gives logits, and with --temperature the softmax as well.

      Example: dk-export student --temperature 1 --output student.onnx
      """,
    version: Version.text)

  @Argument(help: "Model: a directory, or a model file.")
  var model: String

  @Option(help: "File to write.")
  var output: String

  @Option(help: "Also give the probabilities at this temperature.")
  var temperature: Double?

  @Option(help: "What a pixel of the input is: uint8 or float32.")
  var pixels = ONNXModel.PixelType.uint8

  @Option(
    help:
      "Where the input has its channels: last, or first as in PyTorch, where grey images too have an axis for them."
  )
  var channels = ChannelOrder.last

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    if let temperature { try OptionRange.checkTemperature(temperature) }
    let read = try Model(model)
    StaleNotes.warn(read.directory.map { [$0] } ?? [], console)
    // Opened before the graph is built, so that a path that cannot be written is reported at once.
    let file = try ResultFile.open([("--output", output)], inputs: [model])[0]
    // The model's metadata tell a reader where the file came from. `input_scale` is left out: the graph scales its
    // input itself, and a reader that applied it too would scale twice.
    let metadata = read.metadata.filter { $0.key != "input_scale" }
      .merging(["model_sha256": read.weights.hex]) { $1 }
    let onnx = ONNXModel(
      read.network, shape: read.shape, pixels: pixels, channels: channels, temperature: temperature,
      metadata: metadata)
    let bytes = try onnx.bytes(path: model)
    try file?.write(bytes)
    try file?.finish()
    let report = ExportReport(onnx, of: read.source.digest, output: output, bytes: bytes.count)
    try console.result(report, json: common.json, text: report.table.text)
  }
}

extension ONNXModel.PixelType: ExpressibleByArgument {}
