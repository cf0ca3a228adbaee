import CKernels
import CounterRandom

/// The training step of a multilayer perceptron: forward, loss, backward, update, with all its buffers.
///
/// The work of a step is cut into pieces that depend on the network alone, so the result is the same for any
/// number of threads. Buffers are made once; a step allocates nothing that grows with the network.
package final class TrainingStep {
  /// Each hidden layer's units are cut into this many pieces.
  private static let pieceCount = 4
  /// Examples in a piece of the work that goes by rows.
  private static let rowsPerPiece = 32

  package let network: Network
  package let options: StepOptions
  /// Steps done.
  package private(set) var stepCount = 0
  /// The exponential average of the weights; nil without one.
  package let average: FloatBuffer?
  /// The optimiser's memory: velocity, or Adam's two moments.
  package let optimizerState: [FloatBuffer]

  private let team: ThreadTeam
  private let objective: any Objective
  /// [examples, units] of inputs, hidden layers and logits.
  private let activations: [FloatBuffer]
  /// Derivatives of the loss by what goes into each layer's units; none for the inputs.
  private let deltas: [FloatBuffer]
  /// Adam's gradient; SGD adds its gradient to the velocity in the product itself.
  private let gradient: FloatBuffer?
  private let rowLosses: FloatBuffer
  private let inputDropout: dk_dropout?
  private let hiddenDropout: [dk_dropout?]

  /// - Parameter capacity: examples in the largest batch.
  package init(
    network: Network, objective: any Objective, options: StepOptions, capacity: Int, team: ThreadTeam
  ) {
    self.network = network
    self.objective = objective
    self.options = options
    self.team = team
    let architecture = network.architecture
    activations = architecture.sizes.map { FloatBuffer(count: $0 * capacity) }
    deltas = architecture.sizes.dropFirst().map { FloatBuffer(count: $0 * capacity) }
    rowLosses = FloatBuffer(count: capacity)
    optimizerState = (0..<options.optimizer.stateCount).map { _ in
      FloatBuffer(count: architecture.bufferCount)
    }
    gradient = if case .adam = options.optimizer { FloatBuffer(count: architecture.bufferCount) } else { nil }
    average = options.averageDecay > 0 ? FloatBuffer(count: architecture.bufferCount) : nil
    average?.copy(from: network.parameters)
    func dropout(layer: Int, rate: Float) -> dk_dropout? {
      guard rate > 0 else { return nil }
      let random = CounterRandom(seed: options.seed, purpose: .dropout, offset: UInt32(layer))
      return dk_dropout(
        key: (random.key[0], random.key[1]), stream: random.stream, epoch: 0,
        threshold: UInt32((rate * 65536).rounded()), scale: 1 / (1 - rate))
    }
    inputDropout = dropout(layer: 0, rate: options.inputDropout)
    hiddenDropout = (1..<architecture.layers.count).map { dropout(layer: $0, rate: options.hiddenDropout) }
  }

  /// One step on one batch.
  ///
  /// - Returns: the sum of the examples' losses before the step.
  package func run(_ batch: BatchView, learningRate: Float) -> Double {
    stepCount += 1
    let count = batch.rows.count
    load(batch)
    for layer in network.architecture.layers.indices.dropLast() { forward(layer, batch) }
    output(batch)
    backward(count, learningRate: learningRate)
    return (0..<count).reduce(0.0) { $0 + Double(rowLosses.base[$1]) }
  }

  /// Goes on as if `stepCount` steps had been done; the buffers are to be set beside.
  package func resume(stepCount: Int) { self.stepCount = stepCount }

  // MARK: Forward

  private func load(_ batch: BatchView) {
    let width = network.architecture.inputs
    forEachRowPiece(batch.rows.count) { rows in
      guard let indices = batch.rows.baseAddress, let images = batch.images.baseAddress else { return }
      Self.withDropout(inputDropout, epoch: batch.epoch) {
        dk_load_rows(
          images, indices + rows.lowerBound, rows.count, width, network.inputScale, $0,
          UInt32(truncatingIfNeeded: batch.firstExample + rows.lowerBound),
          activations[0].base + rows.lowerBound * width)
      }
    }
  }

  private func forward(_ index: Int, _ batch: BatchView) {
    let layer = network.architecture.layers[index]
    let pieces = Self.pieces(layer.outputs)
    team.run(tasks: pieces.count) { task in
      let units = pieces[task]
      let output = activations[index + 1].base + units.lowerBound
      BLAS.multiply(
        m: batch.rows.count, n: units.count, k: layer.inputs,
        .init(activations[index].base, stride: layer.inputs),
        .init(weights(index) + units.lowerBound * layer.inputs, stride: layer.inputs, transposed: true),
        into: output, stride: layer.outputs)
      Self.withDropout(hiddenDropout[index], epoch: batch.epoch) {
        dk_bias_relu(
          output, layer.outputs, batch.rows.count, units.count, bias(index) + units.lowerBound, $0,
          UInt32(truncatingIfNeeded: batch.firstExample), UInt32(units.lowerBound))
      }
    }
  }

  /// Logits, losses and the derivatives by the logits.
  private func output(_ batch: BatchView) {
    let index = network.architecture.layers.count - 1
    let layer = network.architecture.layers[index]
    let classes = layer.outputs
    forEachRowPiece(batch.rows.count) { rows in
      let logits = activations[index + 1].base + rows.lowerBound * classes
      BLAS.multiply(
        m: rows.count, n: classes, k: layer.inputs,
        .init(activations[index].base + rows.lowerBound * layer.inputs, stride: layer.inputs),
        .init(weights(index), stride: layer.inputs, transposed: true), into: logits, stride: classes)
      dk_bias(logits, classes, rows.count, classes, bias(index))
      for row in rows {
        let source = Int(batch.rows[row])
        rowLosses.base[row] = Float(
          objective.loss(
            logits: UnsafeBufferPointer(start: activations[index + 1].base + row * classes, count: classes),
            label: Int(batch.labels[source]),
            target: batch.targets.map { .init(rebasing: $0[source * classes..<(source + 1) * classes]) },
            gradient: UnsafeMutableBufferPointer(start: deltas[index].base + row * classes, count: classes)))
      }
    }
  }

  // MARK: Backward

  /// A layer's update waits until the layer below has used its weights; it then shares a round with the
  /// next layer's work.
  private func backward(_ count: Int, learningRate: Float) {
    let last = network.architecture.layers.count - 1
    let constraint = Constraint(self, learningRate: learningRate)
    for index in stride(from: last, through: 1, by: -1) {
      let layer = network.architecture.layers[index]
      let columns = Self.pieces(layer.inputs)
      let updated = index < last ? index + 1 : nil
      let units = updated.map { Self.pieces(network.architecture.layers[$0].outputs) } ?? []
      team.run(tasks: columns.count + units.count) { task in
        if task < columns.count {
          propagate(index, columns[task], count)
        } else if let updated {
          update(updated, units[task - columns.count], count, constraint)
        }
      }
    }
    // What is left: the first layer, and the second (or the only one).
    let first = Self.pieces(network.architecture.layers[0].outputs)
    let second = last > 0 ? Self.pieces(network.architecture.layers[1].outputs) : []
    team.run(tasks: first.count + second.count) { task in
      if task < first.count {
        update(0, first[task], count, constraint)
      } else {
        update(1, second[task - first.count], count, constraint)
      }
    }
  }

  /// Derivatives by the inputs of layer `index`, for some of them, through the ReLU and the dropout below.
  private func propagate(_ index: Int, _ units: Range<Int>, _ count: Int) {
    let layer = network.architecture.layers[index]
    let below = deltas[index - 1].base + units.lowerBound
    BLAS.multiply(
      m: count, n: units.count, k: layer.outputs, .init(deltas[index].base, stride: layer.outputs),
      .init(weights(index) + units.lowerBound, stride: layer.inputs), into: below, stride: layer.inputs)
    dk_relu_backward(
      below, activations[index].base + units.lowerBound, layer.inputs, count, units.count,
      hiddenDropout[index - 1]?.scale ?? 1)
  }

  /// The gradient of some units' weights, averaged over the examples, and the optimiser's step.
  private func update(_ index: Int, _ units: Range<Int>, _ count: Int, _ constraint: Constraint) {
    let layer = network.architecture.layers[index]
    let weightStart = layer.weightOffset + units.lowerBound * layer.inputs
    let biasStart = layer.biasOffset + units.lowerBound
    let delta = deltas[index].base + units.lowerBound
    let scale = 1 / Float(count)
    let target: FloatBuffer
    let beta: Float
    switch options.optimizer {
    case .sgd(let momentum): (target, beta) = (optimizerState[0], momentum)
    case .adam: (target, beta) = (gradient ?? optimizerState[0], 0)
    }
    BLAS.multiply(
      m: units.count, n: layer.inputs, k: count, alpha: scale,
      .init(delta, stride: layer.outputs, transposed: true),
      .init(activations[index].base, stride: layer.inputs), beta: beta,
      into: target.base + weightStart, stride: layer.inputs)
    dk_column_sums(delta, layer.outputs, count, units.count, scale, beta, target.base + biasStart)
    let isOutput = index == network.architecture.layers.count - 1
    move(
      weightStart, rows: units.count, width: layer.inputs, constraint, maxNorm: isOutput ? 0 : options.maxNorm
    )
    move(biasStart, rows: 1, width: units.count, constraint, maxNorm: 0)
  }

  private func move(_ start: Int, rows: Int, width: Int, _ constraint: Constraint, maxNorm: Float) {
    let weights = network.parameters.base + start
    let averaged = average.map { $0.base + start }
    let bounds = dk_constraint(max_norm: maxNorm, decay: constraint.decay)
    switch options.optimizer {
    case .sgd:
      dk_sgd(weights, optimizerState[0].base + start, averaged, rows, width, constraint.rate, bounds)
    case .adam(let beta1, let beta2, let epsilon):
      guard let gradient else { return }
      dk_adam(
        weights, gradient.base + start, optimizerState[0].base + start, optimizerState[1].base + start,
        averaged, rows, width, constraint.rate, constraint.correction, beta1, beta2, epsilon, bounds)
    }
  }

  /// What all pieces of one update share.
  private struct Constraint {
    let rate: Float
    let correction: Float
    let decay: Float

    init(_ step: TrainingStep, learningRate: Float) {
      let count = Double(step.stepCount)
      // Early averages follow the weights closely, or they would remember the initial ones for long.
      decay = min(step.options.averageDecay, Float((1 + count) / (10 + count)))
      switch step.options.optimizer {
      case .sgd: (rate, correction) = (learningRate, 1)
      case .adam(let beta1, let beta2, _):
        rate = learningRate / Float(1 - power(Double(beta1), step.stepCount))
        correction = Float(1 / (1 - power(Double(beta2), step.stepCount)).squareRoot())
      }
    }
  }

  // MARK: Pieces

  private func weights(_ index: Int) -> UnsafeMutablePointer<Float> {
    network.parameters.base + network.architecture.layers[index].weightOffset
  }

  private func bias(_ index: Int) -> UnsafeMutablePointer<Float> {
    network.parameters.base + network.architecture.layers[index].biasOffset
  }

  private func forEachRowPiece(_ count: Int, _ body: (Range<Int>) -> Void) {
    team.run(tasks: (count + Self.rowsPerPiece - 1) / Self.rowsPerPiece) { task in
      body(task * Self.rowsPerPiece..<min(count, (task + 1) * Self.rowsPerPiece))
    }
  }

  /// Units cut at multiples of sixteen, so that no two pieces share a cache line; few units are one piece.
  private static func pieces(_ units: Int) -> [Range<Int>] {
    let width = max(64, (units + pieceCount * 16 - 1) / (pieceCount * 16) * 16)
    return stride(from: 0, to: units, by: width).map { $0..<min(units, $0 + width) }
  }

  private static func withDropout(
    _ dropout: dk_dropout?, epoch: Int, _ body: (UnsafePointer<dk_dropout>?) -> Void
  ) {
    guard var dropout else { return body(nil) }
    dropout.epoch = UInt32(truncatingIfNeeded: epoch)
    withUnsafePointer(to: dropout, body)
  }
}

/// `base` to the power of `exponent`, by squaring, the same on every machine.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest % 2 == 1 { result *= factor }
    factor *= factor
    rest /= 2
  }
  return result
}
