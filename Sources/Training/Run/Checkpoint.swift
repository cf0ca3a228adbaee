import Datasets
import Networks
import Stage
import Storage

/// The state of a training between two steps; a training resumed from it writes the same bytes as one never stopped.
///
/// A safetensors file in a zstd frame with the weights, their EMA, the weights of the best epoch and the optimiser's
/// moments. Each layer has the layout of PyTorch's `Linear`, which does not depend on the layout in memory.
package struct Checkpoint {
  /// Name in the directory of an unfinished training.
  package static let fileName = "checkpoint.safetensors.zst"
  private static let byteLimit = 64 << 30
  private static let identityKey = "identity"
  private static let stepsKey = "steps"

  /// The next batch, and the sums of the current epoch.
  struct Position: Equatable {
    /// Restarts so far; each halves the learning rate.
    var attempt = 0
    var epoch = 0
    var window = 0
    var batch = 0
    var sums = EpochSums()
    var best = BestEpoch()
  }

  // Writer and reader both go through these two tables, so a field cannot be written and then not read back.
  private static let counts: [(name: String, path: any WritableKeyPath<Position, Int> & Sendable)] =
    [
      ("attempt", \.attempt), ("epoch", \.epoch), ("window", \.window), ("batch", \.batch),
      ("epoch_steps", \.sums.steps), ("examples_seen", \.sums.examples), ("hits", \.sums.hits),
      ("best_epoch", \.best.epoch), ("best_errors", \.best.errors),
    ]
  private static let reals: [(name: String, path: any WritableKeyPath<Position, Double> & Sendable)] =
    [
      ("loss_sum", \.sums.loss), ("uninformed_loss_sum", \.sums.uninformedLoss),
      ("squared_gradient_sum", \.sums.squaredGradient), ("last_rate", \.sums.lastRate),
    ]

  /// The next batch.
  let position: Position
  /// Statistics of the training set, so that a resume does not read the set for them.
  let summary: StreamSummary
  private let stepCount: Int
  private let file: Safetensors

  /// Writes the state to `directory`.
  ///
  /// - Parameters:
  ///   - step: gives the weights, their EMA and the optimiser's moments.
  ///   - best: weights of the best epoch; nil without early stopping.
  ///   - summary: statistics of the training set.
  ///   - position: the next batch.
  ///   - identity: of the model in training.
  ///   - directory: to write to.
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  static func write(
    _ step: TrainingStep, best: FloatBuffer?, _ summary: StreamSummary, at position: Position,
    identity: Digest, directory: String
  ) throws {
    let path = FileSystem.join(directory, fileName)
    var metadata = [identityKey: identity.hex, stepsKey: String(step.stepCount)]
    for (name, path) in counts { metadata[name] = String(position[keyPath: path]) }
    // As bit patterns: exact, and read by the same function as the counts.
    for (name, path) in reals { metadata[name] = String(position[keyPath: path].bitPattern) }
    var writer = SafetensorsWriter(metadata: metadata)
    summary.write(to: &writer)
    for (name, buffer) in buffers(step, best) {
      for (index, layer) in step.network.architecture.layers.enumerated() {
        writer.add(
          "\(name).layers.\(index).weight", buffer.weights(layer), shape: [layer.outputs, layer.inputs])
        writer.add("\(name).layers.\(index).bias", buffer.biases(layer), shape: [layer.outputs])
      }
    }
    // Random-looking mantissas hardly compress, so the least effort will do: the frame is used for its checksum.
    let frame = try ZstdFrame.compress(try writer.bytes(), path: path, effort: .least, limit: byteLimit)
    try AtomicFile.write(frame, to: path)
  }

  /// Reads the state kept in `directory`.
  ///
  /// - Parameters:
  ///   - identity: of the model in training.
  ///   - directory: to read from.
  /// - Returns: nil if there is no checkpoint, or one of another training.
  /// - Throws: `StorageError` if the file is there but damaged.
  static func read(identity: Digest, directory: String) throws -> Checkpoint? {
    let path = FileSystem.join(directory, fileName)
    guard try FileSystem.type(path) == .file else { return nil }
    let frame = try InputFile.contents(of: path, limit: byteLimit)
    let file = try Safetensors(try ZstdFrame.decompress(frame, path: path, limit: byteLimit), path: path)
    // A checkpoint of another training is not damaged; there is just nothing to resume.
    return file.metadata[identityKey] == identity.hex ? try Checkpoint(file) : nil
  }

  private init(_ file: Safetensors) throws {
    func bits(_ key: String) throws -> UInt64 {
      guard let value = file.metadata[key].flatMap(UInt64.init) else {
        throw StorageError.malformed(path: file.path, reason: "checkpoint without '\(key)'")
      }
      return value
    }
    func count(_ key: String) throws -> Int {
      let value = try bits(key)
      // Later additions and products of counts must not overflow an Int.
      guard value <= 1 << 48 else {
        throw StorageError.malformed(path: file.path, reason: "checkpoint with \(value) as '\(key)'")
      }
      return Int(value)
    }
    var position = Position()
    for (name, path) in Self.counts { position[keyPath: path] = try count(name) }
    for (name, path) in Self.reals { position[keyPath: path] = Double(bitPattern: try bits(name)) }
    self.position = position
    stepCount = try count(Self.stepsKey)
    summary = try StreamSummary(file)
    self.file = file
    guard Self.reals.allSatisfy({ position[keyPath: $0.path].isFinite }) else { throw impossible }
  }

  /// The error for a position that no training can reach.
  var impossible: StorageError {
    .malformed(path: file.path, reason: "checkpoint of a place where no training is")
  }

  /// Sets the weights, their EMA, the optimiser's moments and the step count of `step`.
  ///
  /// - Parameters:
  ///   - step: of a net with the same architecture.
  ///   - best: receives the weights of the best epoch; nil without early stopping.
  /// - Throws: `StorageError` for missing tensors or tensors of other shapes.
  func restore(_ step: TrainingStep, best: FloatBuffer?) throws {
    // Read and check every tensor before setting any: a damaged checkpoint must leave the step unchanged, because
    // the training then starts from the step's initial weights.
    let contents = try Self.buffers(step, best).flatMap { name, buffer in
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
  }

  private static func buffers(_ step: TrainingStep, _ best: FloatBuffer?) -> [(
    name: String, buffer: FloatBuffer
  )] {
    var buffers = [(name: "parameters", buffer: step.network.parameters)]
    if let average = step.average { buffers.append(("average", average)) }
    if let best { buffers.append(("best", best)) }
    for (index, state) in step.optimizerState.enumerated() { buffers.append(("optimizer.\(index)", state)) }
    return buffers
  }
}
