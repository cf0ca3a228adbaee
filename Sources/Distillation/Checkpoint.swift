import Networks
import Stage
import Storage

/// The state of a training between two steps, from which it goes on to the same bytes.
package struct Checkpoint {
  package static let fileName = "checkpoint" + ShardFile.suffix

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
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  static func write(_ step: TrainingStep, at position: Position, identity: Digest, directory: String) throws {
    let path = FileSystem.join(directory, fileName)
    var writer = SafetensorsWriter(metadata: [
      ShardFile.identityKey: identity.hex, "epoch": String(position.epoch), "window": String(position.window),
      "batch": String(position.batch), "examples_seen": String(position.examplesSeen),
      // Bits, because decimal digits might round.
      "loss_sum": String(position.lossSum.bitPattern), "steps": String(step.stepCount),
    ])
    for (name, buffer) in buffers(step) { writer.add(name, buffer.elements, shape: [buffer.count]) }
    // Weights hardly shrink; the frame is there for its checksum.
    let frame = try ZstdFrame.compress(try writer.bytes(), path: path, effort: .least)
    try AtomicFile.write(frame, to: path)
  }

  /// Brings `step` to the state kept in `directory`.
  ///
  /// - Returns: where it stands; nil where there is no checkpoint of this training.
  /// - Throws: `StorageError` if the file is there but damaged.
  static func restore(_ step: TrainingStep, identity: Digest, directory: String) throws -> Position? {
    let path = FileSystem.join(directory, fileName)
    guard FileSystem.kind(path) == .file else { return nil }
    let frame = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    let file = try ShardFile.decode(frame, path: path)
    guard file.metadata[ShardFile.identityKey] == identity.hex else { return nil }
    func number(_ key: String) throws -> UInt64 {
      guard let value = file.metadata[key].flatMap(UInt64.init) else {
        throw StorageError.malformed(path: path, reason: "checkpoint without '\(key)'")
      }
      return value
    }
    let position = Position(
      epoch: Int(clamping: try number("epoch")), window: Int(clamping: try number("window")),
      batch: Int(clamping: try number("batch")), lossSum: Double(bitPattern: try number("loss_sum")),
      examplesSeen: Int(clamping: try number("examples_seen")))
    let stepCount = Int(clamping: try number("steps"))
    let contents = try buffers(step).map { name, buffer in
      (buffer, try file.elements(name, as: Float.self, shape: [buffer.count]))
    }
    for (buffer, elements) in contents { buffer.set(elements) }
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
