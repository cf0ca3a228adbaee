import Networks
import Stage
import Storage

/// The state of a training between two steps, from which it goes on to the same bytes.
///
/// A safetensors file in a zstd frame: the parameters, their average and what the optimiser keeps, each layer as
/// PyTorch's `Linear` has it, whatever the order in which they lie in memory.
package struct Checkpoint {
  /// Name in the directory of an unfinished training.
  package static let fileName = "checkpoint.safetensors.zst"
  private static let byteLimit = 64 << 30
  private static let identityKey = "identity"

  /// Where a training stands: the next batch, and what it has summed up in this epoch.
  struct Position: Equatable {
    var epoch = 0
    var window = 0
    var batch = 0
    var lossSum = 0.0
    var examplesSeen = 0
  }

  /// Writes the state to `directory`.
  ///
  /// - Parameters:
  ///   - step: whose state it is.
  ///   - position: where it stands.
  ///   - identity: of the training.
  ///   - directory: to write to.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  static func write(_ step: TrainingStep, at position: Position, identity: Digest, directory: String) throws {
    let path = FileSystem.join(directory, fileName)
    var writer = SafetensorsWriter(metadata: [
      identityKey: identity.hex, "epoch": String(position.epoch), "window": String(position.window),
      "batch": String(position.batch), "examples_seen": String(position.examplesSeen),
      // Bits, because decimal digits might round.
      "loss_sum": String(position.lossSum.bitPattern), "steps": String(step.stepCount),
    ])
    for (name, buffer) in buffers(step) {
      for (index, layer) in step.network.architecture.layers.enumerated() {
        writer.add(
          "\(name).layers.\(index).weight", buffer.weights(layer), shape: [layer.outputs, layer.inputs])
        writer.add("\(name).layers.\(index).bias", buffer.biases(layer), shape: [layer.outputs])
      }
    }
    // Weights hardly shrink; the frame is there for its checksum.
    let frame = try ZstdFrame.compress(try writer.bytes(), path: path, effort: .least, limit: byteLimit)
    try AtomicFile.write(frame, to: path)
  }

  /// Brings `step` to the state kept in `directory`.
  ///
  /// - Parameters:
  ///   - step: of a net of the same shape.
  ///   - identity: of the training.
  ///   - directory: to read from.
  ///   - isPossible: whether the training can stand there.
  /// - Returns: where it stands; nil where there is no checkpoint of this training.
  /// - Throws: `StorageError` if the file is there but damaged.
  static func restore(
    _ step: TrainingStep, identity: Digest, directory: String, isPossible: (Position) -> Bool
  ) throws -> Position? {
    let path = FileSystem.join(directory, fileName)
    guard try FileSystem.type(path) == .file else { return nil }
    let frame = try InputFile.contents(of: path, limit: byteLimit)
    let file = try Safetensors(try ZstdFrame.decompress(frame, path: path, limit: byteLimit), path: path)
    // Of other parameters: not damaged, only nothing to go on from.
    guard file.metadata[identityKey] == identity.hex else { return nil }
    func number(_ key: String) throws -> UInt64 {
      // What is a count has to fit an Int, with room to add to it; the bits of a Double may be anything.
      guard let value = file.metadata[key].flatMap(UInt64.init), key == "loss_sum" || value <= 1 << 48 else {
        throw StorageError.malformed(path: path, reason: "checkpoint without '\(key)'")
      }
      return value
    }
    let position = Position(
      epoch: Int(try number("epoch")), window: Int(try number("window")), batch: Int(try number("batch")),
      lossSum: Double(bitPattern: try number("loss_sum")), examplesSeen: Int(try number("examples_seen")))
    let stepCount = Int(try number("steps"))
    guard isPossible(position), position.lossSum.isFinite else {
      throw StorageError.malformed(path: path, reason: "checkpoint of a place where no training is")
    }
    // All is read and checked before anything is set: a damaged checkpoint leaves the step as it was.
    let contents = try buffers(step).flatMap { name, buffer in
      try step.network.architecture.layers.enumerated().map { index, layer in
        (
          buffer, layer,
          try file.elements(
            "\(name).layers.\(index).weight", as: Float.self, shape: [layer.outputs, layer.inputs]),
          try file.elements("\(name).layers.\(index).bias", as: Float.self, shape: [layer.outputs])
        )
      }
    }
    for (buffer, layer, weights, biases) in contents { buffer.set(layer, weights: weights, biases: biases) }
    step.resume(stepCount: stepCount)
    return position
  }

  private static func buffers(_ step: TrainingStep) -> [(name: String, buffer: FloatBuffer)] {
    var buffers = [(name: "parameters", buffer: step.network.parameters)]
    if let average = step.average { buffers.append(("average", average)) }
    for (index, state) in step.optimizerState.enumerated() { buffers.append(("optimizer.\(index)", state)) }
    return buffers
  }
}
