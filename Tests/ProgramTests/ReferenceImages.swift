import Storage
import TestSupport

/// 64 images and nets of which PyTorch knows the outputs (`Tests/Reference`), as files of a working directory.
struct ReferenceImages {
  let fixture: Safetensors
  let directory: TemporaryDirectory

  /// `shards/train`, and `flat.safetensors`, a model without hidden layers.
  init() throws {
    fixture = try referenceTensors("calibration")
    directory = try TemporaryDirectory()
    try write("images", labels: try fixture.elements("labels", as: UInt8.self, shape: [64]))
    try write(
      "flat",
      [
        ("layers.0.weight", try fixture.floats("layers.0.weight", shape: [5, 12]), [5, 12]),
        ("layers.0.bias", try fixture.floats("layers.0.bias", shape: [5]), [5]),
      ])
    let ingest = "dk-ingest images.safetensors --classes 5 --shard-size 20 --output shards"
    let result = try run(ingest)
    guard result.status == 0 else { throw PipelineFailed(command: ingest, line: result.lastErrorLine) }
  }

  /// Writes `NAME.safetensors` with the images, and labels if there are any.
  func write(_ name: String, labels: [UInt8]?) throws {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add(
      "images", try fixture.elements("images", as: UInt8.self, shape: [64, 3, 4]), shape: [64, 3, 4])
    if let labels { writer.add("labels", labels, shape: [64]) }
    try AtomicFile.write(try writer.bytes(), to: directory("\(name).safetensors"))
  }

  /// Writes `NAME.safetensors` with some tensors.
  func write(_ name: String, _ tensors: [(name: String, elements: [Float], shape: [Int])]) throws {
    var writer = SafetensorsWriter(metadata: [:])
    for tensor in tensors { writer.add(tensor.name, tensor.elements, shape: tensor.shape) }
    try AtomicFile.write(try writer.bytes(), to: directory("\(name).safetensors"))
  }

  func run(_ command: String) throws -> Program.Result { try Program.run(command, in: directory.path) }
}
